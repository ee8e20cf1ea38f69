// What Serverless Devs runs when somebody makes a project of this application (s init). It wants an application's files in
// src/, and fills in parameters in files that end in .stpl. Here the application is the project itself; its parameters are
// environment variables (src/.env.stpl), and only the rules need more, since the prefix is part of their patterns.
const path = require('path');

const notFiles = ['publish.yaml', 'hook', 'src', '.git'];

module.exports = {
  async preInit({ tempAppPath, fs }) {
    for (const name of fs.readdirSync(tempAppPath)) {
      if (!notFiles.includes(name)) {
        fs.moveSync(path.join(tempAppPath, name), path.join(tempAppPath, 'src', name));
      }
    }
  },

  async postInit({ appPath, fs, artTemplate }) {
    const rules = path.join('rules', 'rules.yaml');
    const file = path.join(appPath, rules);
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').split('incoming/').join('{{ prefix }}'));
    artTemplate(rules);
  },
};
