// What the command uses and Node 20 lacks (ECMAScript 2024 section 24.1.2.1).
// Only the published command gets it, and never the Worker.

Map.groupBy ??= (items, keyOf) => {
  const groups = new Map();
  let at = 0;
  for (const item of items) {
    const key = keyOf(item, at++);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
};
