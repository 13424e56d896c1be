//! What a file is that is no UTF-8 text, another encoding or another format: a guess that a message can name, and how
//! to convert it.
//!
//! It converts nothing: a guess is good enough for a message, and not for users' tags.

/// How much of a file is looked at, in bytes.
const LOOKED_AT_BYTES_MAX: usize = 1 << 16;

/// What a text may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Two bytes a letter, as Windows calls `Unicode`.
    Utf16Le,
    /// The same in the other order.
    Utf16Be,
    /// What Windows and Excel write in China unless they are told otherwise.
    Gbk,
    /// No text, but another format.
    Format(Format),
}

/// A format of files that people take for CSV or YAML, or forget to unpack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A ZIP archive, which an Excel workbook is.
    Zip,
    /// A workbook of old Excel.
    Xls,
    /// Compressed by gzip.
    Gzip,
    /// Compressed by zstd.
    Zstd,
    /// Compressed by xz.
    Xz,
    /// Compressed by bzip2.
    Bzip2,
    /// Apache Parquet.
    Parquet,
    /// A database of SQLite.
    Sqlite,
}

/// With which bytes files of a format begin.
const BEGINNINGS: [(&[u8], Format); 8] = [
    (b"PK\x03\x04", Format::Zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format::Xls),
    (b"\x1f\x8b", Format::Gzip),
    (b"\x28\xb5\x2f\xfd", Format::Zstd),
    (b"\xfd7zXZ\0", Format::Xz),
    (b"BZh", Format::Bzip2),
    (b"PAR1", Format::Parquet),
    (b"SQLite format 3\0", Format::Sqlite),
];

impl Format {
    /// The format of a file that begins with these bytes; none where they may be text.
    fn of(bytes: &[u8]) -> Option<Self> {
        let (_, format) = BEGINNINGS.into_iter().find(|(beginning, _)| bytes.starts_with(beginning))?;
        // Some of them begin with letters.
        let is_text = std::str::from_utf8(bytes).is_ok() && !bytes.iter().any(|byte| *byte < b'\t');
        (!is_text).then_some(format)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Zip => "an Excel workbook (.xlsx) or another ZIP archive",
            Self::Xls => "an Excel workbook (.xls)",
            Self::Gzip => "compressed by gzip",
            Self::Zstd => "compressed by zstd",
            Self::Xz => "compressed by xz",
            Self::Bzip2 => "compressed by bzip2",
            Self::Parquet => "Parquet",
            Self::Sqlite => "a SQLite database",
        }
    }

    fn help(self, file: &str) -> String {
        let unpack = |program: &str| format!("unpack it: {program} -dc {file} > NEW_FILE");
        match self {
            Self::Zip => format!("in Excel, save it as `CSV UTF-8`; unpack another archive: unzip {file}"),
            Self::Xls => "in Excel, save it as `CSV UTF-8`".to_owned(),
            Self::Gzip => unpack("gzip"),
            Self::Zstd => unpack("zstd"),
            Self::Xz => unpack("xz"),
            Self::Bzip2 => unpack("bzip2"),
            Self::Parquet => format!("export it as CSV: duckdb -csv -c \"FROM '{file}'\" > NEW_FILE"),
            Self::Sqlite => {
                format!("export a table of it as CSV: sqlite3 -csv -header {file} 'SELECT …' > NEW_FILE")
            }
        }
    }
}

impl Encoding {
    /// What these bytes look like.
    #[must_use]
    pub fn guess(bytes: &[u8]) -> Option<Self> {
        let bytes = &bytes[..bytes.len().min(LOOKED_AT_BYTES_MAX)];
        Self::surely(bytes).or_else(|| looks_like_gbk(bytes).then_some(Self::Gbk))
    }

    /// The same for bytes that may be UTF-8 all the same: a NUL at every second place is, and so may a beginning be.
    #[must_use]
    pub fn surely(bytes: &[u8]) -> Option<Self> {
        let bytes = &bytes[..bytes.len().min(LOOKED_AT_BYTES_MAX)];
        if let Some(format) = Format::of(bytes) {
            return Some(Self::Format(format));
        }
        if bytes.starts_with(&[0xff, 0xfe]) {
            return Some(Self::Utf16Le);
        }
        if bytes.starts_with(&[0xfe, 0xff]) {
            return Some(Self::Utf16Be);
        }
        let nuls = |first: usize| bytes.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
        let (even, odd) = (nuls(0), nuls(1));
        // A line of ids and commas is half NULs; Chinese in between has none.
        let enough = (bytes.len() / 8).max(2);
        if odd >= enough && even == 0 {
            Some(Self::Utf16Le)
        } else if even >= enough && odd == 0 {
            Some(Self::Utf16Be)
        } else {
            None
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Gbk => "GBK",
            Self::Format(format) => format.name(),
        }
    }

    /// How to convert a file of it.
    #[must_use]
    pub fn help(self, file: &str) -> String {
        let from = match self {
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Gbk => "GB18030",
            Self::Format(format) => return format.help(file),
        };
        format!(
            "save it as UTF-8 (in Excel: `CSV UTF-8`), or convert it: iconv -f {from} -t UTF-8 {file} > NEW_FILE"
        )
    }
}

/// Whether everything that is no ASCII is a character of GB18030, and most of it one that is in daily use.
fn looks_like_gbk(bytes: &[u8]) -> bool {
    let (mut at, mut all, mut common) = (0, 0_usize, 0_usize);
    while let Some(first) = bytes.get(at) {
        if first.is_ascii() {
            at += 1;
            continue;
        }
        // The end of what is looked at may cut a character.
        let Some(second) = bytes.get(at + 1) else { break };
        match (first, second) {
            (0x81..=0xfe, 0x30..=0x39) => at += 4,
            (0x81..=0xfe, 0x40..=0x7e | 0x80..=0xfe) => at += 2,
            _ => return false,
        }
        all += 1;
        common += usize::from(matches!((first, second), (0xa1..=0xa3 | 0xb0..=0xf7, 0xa1..=0xfe)));
    }
    all > 0 && common * 2 > all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_windows_writes_is_named() {
        let utf16 = |text: &str, swap: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        // 会员，足球 in GBK.
        let gbk = b"cid,tags\nu1,\xbb\xe1\xd4\xb1\xa3\xac\xd7\xe3\xc7\xf2\n";
        for (bytes, expected) in [
            (utf16("\u{feff}cid\n汉字", false), Some(Encoding::Utf16Le)),
            (utf16("cid,tags\n汉字", false), Some(Encoding::Utf16Le)),
            (utf16("cid,tags\n", true), Some(Encoding::Utf16Be)),
            (gbk.to_vec(), Some(Encoding::Gbk)),
            (gbk[..gbk.len() - 2].to_vec(), Some(Encoding::Gbk)),
            (b"u2,\xe9t\xe9\n".to_vec(), None),
            (b"a\0b".to_vec(), None),
            (b"\xff\x00".to_vec(), None),
            (b"PK\x03\x04\x14\0\x06\0".to_vec(), Some(Encoding::Format(Format::Zip))),
            (b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), Some(Encoding::Format(Format::Gzip))),
            (b"BZh,cid\n".to_vec(), None),
        ] {
            assert_eq!(Encoding::guess(&bytes), expected, "{bytes:?}");
        }
    }
}
