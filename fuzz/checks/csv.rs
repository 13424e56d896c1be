//! Any bytes as a data file of any section.

use super::manifest::{Folder, folder_holds};

/// Every section that takes a file; the first byte says which.
const MANIFESTS: [&[u8]; 5] = [
    b"getui: {aliases: {from: d.csv}}\n",
    b"getui: {tag_sets: {from: d.csv}}\n",
    b"getui: {blacklist: {from: d.csv}, tag_members: {vip: {from: d.csv}}}\n",
    b"getui: {device_tokens: {wx: {from: d.csv}}}\n",
    b"jpush: {properties: {level: {type: number}, born: {type: datetime}, name: {type: string}, on: {type: bool}}, devices: {from: d.csv}}\n",
];

/// Reads the bytes behind the first as a data file.
pub fn holds(bytes: &[u8]) {
    let Some((which, data)) = bytes.split_first() else { return };
    let manifest = MANIFESTS[usize::from(*which) % MANIFESTS.len()];
    folder_holds(&mut Folder { manifest, data });
}
