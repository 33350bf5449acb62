// SPDX-License-Identifier: ISC
// What npm's pst-extractor finds in Outlook stores: a line of JSON for each.
// usage: node pst_extractor.js NODE_MODULES STORE...
const crypto = require("crypto");
const { PSTFile } = require(process.argv[2] + "/pst-extractor");

console.error = console.log = () => {}; // it speaks of what it skips

function bytesOf(attachment) {
  const from = attachment.fileInputStream, pieces = [], piece = Buffer.alloc(8176);
  if (!from) return null;
  for (;;) {
    const n = from.read(piece);
    if (n > 0) pieces.push(Buffer.from(piece.slice(0, n)));
    if (n < piece.length) return Buffer.concat(pieces);
  }
}

function lookAt(message, found) {
  found.messages++;
  found.subjects.push(message.subject);
  found.bodies.push(message.body);
  for (let i = 0; i < message.numberOfAttachments; i++) {
    try {
      const a = message.getAttachment(i), bytes = a.attachMethod <= 1 ? bytesOf(a) : null;
      found.attachments++;
      found.names.push(a.longFilename || a.filename || "");
      if (bytes)
        found.hashes.push(crypto.createHash("sha256").update(bytes).digest("hex"));
    } catch (e) {
      found.failed++;
    }
  }
}

function walk(folder, found) {
  if (folder.hasSubfolders) for (const inner of folder.getSubFolders()) walk(inner, found);
  if (folder.contentCount > 0)
    for (let m = folder.getNextChild(); m; m = folder.getNextChild()) lookAt(m, found);
}

for (const store of process.argv.slice(3)) {
  const found = { messages: 0, attachments: 0, failed: 0, subjects: [], bodies: [], names: [], hashes: [] };
  try {
    walk(new PSTFile(store).getRootFolder(), found);
  } catch (e) {
    found.refused = String(e.message || e);
  }
  process.stdout.write(JSON.stringify(found) + "\n");
}
