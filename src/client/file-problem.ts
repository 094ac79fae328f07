// The system's error about a file, in words for the person who named it.
// It never repeats what is in the file.

export function fileProblem(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'it is not permitted';
    case 'EISDIR':
      return 'it is a directory';
    default:
      return code ?? 'it failed';
  }
}
