// What the exit codes of `influx-sts switch` mean.
// It only says so; `shell/command.ts` has the numbers.

export const SWITCH_EXIT_HELP = `Exit codes: 0 done, and in force; 1 the service failed, or something else answers or nothing; 2 wrong usage, or nothing
says who you are; 3 the service refuses; 4 done, and not in force everywhere yet: the service goes on by itself.`;
