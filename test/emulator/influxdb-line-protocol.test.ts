// Line protocol: what the valid lines say, and which lines are invalid for which reason.
import { describe, expect, it } from 'vitest';
import { parseLineProtocol } from './influxdb-line-protocol.ts';

const NOW = 1_700_000_000_000_000_000n;
const parse = (text: string, precision: 'auto' | 'second' | 'nanosecond' = 'nanosecond') =>
  parseLineProtocol(text, precision, NOW);

describe('a valid line', () => {
  it('has a table, tags, typed fields and a time', () => {
    const { points, errors } = parse('m,b=2,a=1 f=1.5,e=-2e3,i=-7i,u=7u,t=T,n=false,s="x" 42');
    expect(errors).toEqual([]);
    expect(points[0]).toMatchObject({
      table: 'm',
      tags: [
        ['b', '2'],
        ['a', '1'],
      ],
      fields: [
        ['f', 1.5],
        ['e', -2000],
        ['i', -7n],
        ['u', 7n],
        ['t', true],
        ['n', false],
        ['s', 'x'],
      ],
      time: 42n,
    });
  });

  it('may escape commas, spaces, equals signs and quotes', () => {
    const { points } = parse('my\\ ta\\,ble,t\\=ag=a\\ b\\,c f\\ 1="say \\"hi\\", a=b \\\\ c"');
    expect(points[0]).toMatchObject({
      table: 'my ta,ble',
      tags: [['t=ag', 'a b,c']],
      fields: [['f 1', 'say "hi", a=b \\ c']],
    });
  });

  it('may have a newline within a string', () => {
    const { points } = parse('m s="one\ntwo",v=1 1\nm v=2 2');
    expect(points.map(({ fields }) => fields[0])).toEqual([
      ['s', 'one\ntwo'],
      ['v', 2],
    ]);
  });

  it('may have a quote in a tag, where it means nothing', () => {
    expect(parse('m,t=5" v=1\nm,t=6" v=2').points).toHaveLength(2);
  });

  it('gets the time of the server when it has none', () => {
    expect(parse('m v=1').points[0]!.time).toBe(NOW);
  });

  it.each([
    ['second', '1700000000', NOW],
    ['auto', '1700000000', NOW],
    ['auto', '1700000000000', NOW],
    ['auto', '1700000000000000', NOW],
    ['auto', '1700000000000000000', NOW],
    ['nanosecond', '-1', -1n],
  ] as const)('has its time in the precision %s: %s', (precision, timestamp, expected) => {
    expect(parse(`m v=1 ${timestamp}`, precision).points[0]!.time).toBe(expected);
  });

  it('may stand among comments, empty lines and carriage returns', () => {
    expect(parse('# one\r\n\r\n  m v=1\r\n').points.map(({ line }) => line)).toEqual(['m v=1']);
  });
});

describe('an invalid line', () => {
  it.each([
    ['m', 'No fields were provided'],
    [',t=1 v=1', 'Invalid measurement was provided'],
    ['m,t v=1', 'Tag Set Malformed'],
    ['m,t= v=1', 'Tag Set Malformed'],
    ['m,=1 v=1', 'Tag Set Malformed'],
    ['m,t=1,t=2 v=1', 'Must not contain duplicate tags, but "t" was repeated'],
    ['m v', 'No fields were provided'],
    ['m v=', "Could not parse entire line. Found trailing content: ''"],
    ['m v=1,', 'No fields were provided'],
    ['m v=yes', "Could not parse entire line. Found trailing content: 'yes'"],
    ['m v="open', 'Field Set Malformed'],
    ['m v="x"y', "Could not parse entire line. Found trailing content: 'y'"],
    ['m v=1 soon', "Could not parse entire line. Found trailing content: 'soon'"],
    ['m v=1 1.5', "Could not parse entire line. Found trailing content: '1.5'"],
    ['m v=1 1 2', "Could not parse entire line. Found trailing content: ' 2'"],
    ['m v=9223372036854775808i', "Unable to parse integer value '9223372036854775808'"],
    ['m v=1e999', "Unable to parse floating-point value '1e999'"],
    ['m v=1 9223372036854775808', "Cannot parse timestamp value '9223372036854775808'"],
  ])('%s', (line, message) => {
    const { points, errors } = parse(`good v=1\n${line}`);
    expect(points.map(({ table }) => table)).toEqual(['good']);
    expect(errors).toEqual([{ message, lineNumber: 2, line }]);
  });
});
