// Whether the packages named can be used here: better-sqlite3 has to be built for this machine.

for (const name of process.argv.slice(2)) {
  const { default: imported } = await import(name);
  if (name === 'better-sqlite3') new imported(':memory:').close();
}
