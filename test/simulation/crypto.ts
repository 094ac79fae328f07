// Stands for the platform's `crypto` in the simulated program: the same digests, but at once. The platform computes them on other threads,
// whose order no seed can say.

import { createHash } from 'node:crypto';

export const crypto = {
  subtle: {
    digest: async (algorithm: 'SHA-256' | 'SHA-512', data: Uint8Array): Promise<ArrayBuffer> => {
      const digest = createHash(algorithm.replace('-', '').toLowerCase()).update(data).digest();
      return new Uint8Array(digest).buffer;
    },
  },
};
