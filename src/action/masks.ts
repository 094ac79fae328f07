// Every form in which a secret could appear in the log, for the runner to hide. The runner compares text with text: it does not see a token
// in base64, nor one that the text before it has shifted. Pure: it never prints anything.

/** Text in front of a credential in a header, a URL or a line of configuration, which may be encoded together with it. */
const PREFIXES = ['', 'Bearer ', 'Token ', ':'];
/** Where `base64` and MIME, and where PEM tools, break their lines. The runner looks at one line at a time. */
const LINE_WIDTHS = [76, 64];
/** A longer secret is an id token, which the exchange uses up. Hundreds of further pieces would slow down every line of the job's log. */
const LONGEST_BROKEN = 256;
/** A shorter piece reveals nothing, and hiding it would hide ordinary words. */
const SHORTEST_MASK = 12;

/** The forms of the secret, itself first. */
export function formsOf(secret: string): string[] {
  // Prefixes that a program may cut off to show which token it is.
  const bare = /^[a-z0-9]+_(?=.{16})/.exec(secret)?.[0].length ?? 0;
  const forms = [secret, secret.slice(bare)].flatMap((text) => [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    ...base64Cores(text),
    ...base64Lines(text),
  ]);
  const kept = forms.filter((form) => form === secret || form.length >= SHORTEST_MASK);
  return [...new Set(kept.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]))];
}

/**
 * The base64 of the text at any position: base64 encodes three bytes at a time, so there are three alignments. Characters at either end
 * that depend on neighbouring text are left out.
 */
function base64Cores(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const own = (before + bytes.length) % 3 === 0 ? encoded : encoded.slice(0, -1);
    return own.slice(before === 0 ? 0 : before + 1);
  });
}

/** The lines of a text that is too long for one. */
function base64Lines(text: string): string[] {
  if (text.length > LONGEST_BROKEN) return [];
  return PREFIXES.flatMap((prefix) => {
    const encoded = Buffer.from(prefix + text).toString('base64');
    return LINE_WIDTHS.filter((width) => encoded.length > width).flatMap(
      (width) => encoded.match(new RegExp(`.{1,${width}}`, 'g')) ?? [],
    );
  });
}
