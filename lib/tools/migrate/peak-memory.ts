import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has had at once, in bytes. On Linux, it is the kernel's own count for this program.
 * `getrusage` also counts the process that started it (getrusage(2), and exec keeps the mark).
 */
export function peakMemory(): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
