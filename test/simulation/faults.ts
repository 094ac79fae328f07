// Faults, each in one mechanism of the admission, as changes of the source on its way into the simulated program. The simulator must
// find each of them, or it would find no fault like it.

import type { Fault } from './program.ts';

/** By what the simulator finds. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'a mint that does not wait until its admission is durable': {
    file: 'src/admission/admission.ts',
    text: 'const verdict = await call(gate, (one) =>',
    instead: `const verdict: Verdict | null = 'admitted'; void call(gate, (one) =>`,
  },
  'a claim and an admission that are not written in one transaction': {
    file: 'src/admission/gate/gate-parts.ts',
    text: 'admit: (...call) => begun(() => core.admit(...call)),',
    instead: `admit: async (...call) => {
      const [, id, claim, until] = call;
      if (claim !== '') {
        await begun(() => storage.run('INSERT INTO claims (key, until, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', claim, until, id));
      }
      return begun(() => core.admit(...call));
    },`,
  },
  'a settlement of an unknown admission that leaves no tombstone': {
    file: 'src/admission/gate/gate.ts',
    text: `VALUES (?, ?, '', '', '', '') ON CONFLICT DO NOTHING`,
    instead: `SELECT ?, ?, '', '', '', '' WHERE false`,
  },
  'a "not there" that is believed before it is final': {
    file: 'src/admission/gate/resolution.ts',
    text: `has === false && now >= finalAt ? 'never_made' : null`,
    instead: `has === false ? 'never_made' : null`,
  },
  'an unknown outcome that gives back its claim': {
    file: 'src/admission/gate/closing.ts',
    text: `storage.run('DELETE FROM open WHERE id = ?', id!);`,
    instead: `storage.run('DELETE FROM open WHERE id = ?', id!); storage.run('DELETE FROM claims WHERE id = ?', id!);`,
  },
  'a shared token that is minted without an admission': {
    file: 'src/influx/shared-token.ts',
    text: 'const admitted = await admission.admit({ id, grant, claim: null, facts, personal: {} });',
    instead: `const leave = { id, grant, gate: '0', mintBefore: runtime.now() + 10_000 };
    const admitted = success(leave as unknown as Parameters<typeof mint.shared>[0]);`,
  },
  'a gate that lost its storage and believes subject tokens from before': {
    from: 37,
    file: 'src/admission/gate/gate-life.ts',
    text: 'believesFrom: () => (row?.lost ? row.born : 0),',
    instead: 'believesFrom: () => 0,',
  },
  'a switch that is said to be in force although admissions are open': {
    from: 43,
    file: 'src/admission/board/spreading.ts',
    text: 'told.set(digit, taken.open);',
    instead: 'told.set(digit, 0);',
  },
  'a gate that takes an old list for a newer one': {
    file: 'src/admission/gate/gate-life.ts',
    text: 'if (row !== null && version > row.version)',
    instead: 'if (row !== null && version !== row.version)',
  },
  'a switch that is said to be in force although a gate did not answer': {
    from: 257,
    file: 'src/admission/board/spreading.ts',
    text: 'if (text === null) return;',
    instead: 'if (text === null) return void told.set(digit, 0);',
  },
  'an unknown outcome that gives back its slot': {
    from: 126,
    file: 'src/service/exchange.ts',
    text: 'await Promise.all([settled, leftover ? null : limits.giveBack(admitted)]);',
    instead: 'await Promise.all([settled, limits.giveBack(admitted)]);',
  },
  'a limit that is asked before the gate': {
    file: 'src/service/exchange.ts',
    text: 'const admitted = await admission.admit({\n        id: share ? receipt.id : await mint.nameOwn(grant.value),',
    instead: `const id = share ? receipt.id : await mint.nameOwn(grant.value);
      const early = { id, grant: grant.value, gate: '0', mintBefore: runtime.now() + 10_000 };
      const slot = await limits.take(early as unknown as Admitted);
      if (!slot.ok) return slot;
      const admitted = await admission.admit({
        id,`,
  },
};
