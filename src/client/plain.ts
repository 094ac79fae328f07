// Text of others on one line of ours: in a terminal, or in the log of a pipeline.

/** On one line, without control characters, and nothing that a pipeline's runner takes for a command of its own wherever it stands. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD').replace(/##(?=\w*\[)/g, '# #');
}
