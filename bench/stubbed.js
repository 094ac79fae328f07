// The built Worker with a stub in the place of the gate, which says yes at once and keeps nothing: what a vend costs beside its durable
// step. It must never be deployed.

import worker from './index.js';

export * from './index.js';

/** The binding that leads to the gate, and what is called there. */
const BINDING = 'GATES';
const gate = { admit: async () => 'admitted', settle: async () => {} };

const namespace = { getByName: () => gate };
let stubbed;

export default {
  fetch(request, env, context) {
    stubbed ??= { ...env, [BINDING]: namespace };
    return worker.fetch(request, stubbed, context);
  },
};
