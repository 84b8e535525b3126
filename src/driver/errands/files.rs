//! Files a step writes on this machine: whole or not at all, and on disk before it is said.
//! An added line goes in one piece to the end. Never through a link.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{
    driver::Recalled,
    model::{
        Call, Evidenced, Order, Preview, Text, Trouble, Unknown, errand::FileCall,
        value::MASK,
    },
};

/// A file of more bytes is not read to be shown.
const SHOWN: u64 = 64 * 1024;

/// Writes it, or adds to it.
pub(super) async fn put(order: &Order, call: FileCall) -> Result<Evidenced, Trouble> {
    let key = format!("{}-{}", order.attempt.step, order.attempt.number);
    let path = call.path.clone();
    let written =
        blocking(move || if call.append { add(&call) } else { replace(&call, &key) });
    match written.await {
        Ok(bytes) => Ok(Evidenced {
            summary: Text::clean(format!("{bytes} bytes in {path}")),
            exit: Some(0),
            ..Evidenced::default()
        }),
        Err(Half::Before(why)) => {
            Err(Trouble::NotSent(Text::clean(format!("{path}: {why}"))))
        }
        Err(Half::After(why)) => {
            Err(Trouble::Unknown(Text::clean(format!("{path}: {why}"))))
        }
    }
}

/// How far it came.
enum Half {
    /// The file is as it was.
    Before(io::Error),
    After(io::Error),
}

/// The new text stands beside the old one until all of it is on disk.
fn replace(call: &FileCall, key: &str) -> Result<usize, Half> {
    let path = Path::new(&call.path);
    let aside = aside(path, key);
    let mode =
        fs::metadata(path).map_or(0o644, |found| found.permissions().mode() & 0o777);
    let write = || -> io::Result<()> {
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(mode).open(&aside)?;
        file.write_all(call.text.as_bytes())?;
        file.sync_all()
    };
    if let Err(why) = write().and_then(|()| fs::rename(&aside, path)) {
        // What is left aside is no file of anybody's.
        fs::remove_file(&aside).ok();
        return Err(Half::Before(why));
    }
    sync_dir(path).map_err(Half::After)?;
    Ok(call.text.len())
}

fn aside(path: &Path, key: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{key}.new"))
}

fn sync_dir(path: &Path) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    File::open(dir.unwrap_or(Path::new(".")))?.sync_all()
}

/// One line, in one piece. A file whose last line has no end gets one first.
fn add(call: &FileCall) -> Result<usize, Half> {
    let open = || {
        OpenOptions::new()
            .append(true)
            .read(true)
            .create(true)
            .mode(0o644)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(&call.path)
    };
    let mut file = open().map_err(Half::Before)?;
    let mut text = String::new();
    if !ends_a_line(&mut file).map_err(Half::Before)? {
        text.push('\n');
    }
    text.push_str(call.text.trim_end_matches('\n'));
    text.push('\n');
    file.write_all(text.as_bytes()).map_err(Half::After)?;
    file.sync_all().map_err(Half::After)?;
    Ok(text.len())
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Whether the file is as it was meant to be. A line that was to be added may be somebody
/// else's.
pub(super) async fn recall(call: &FileCall) -> Recalled {
    if call.append {
        return Recalled::Lost("whether the line was added, nobody can tell".into());
    }
    let (path, text) = (call.path.clone(), call.text.clone());
    match blocking(move || fs::read(path)).await {
        Ok(found) if found == text.as_bytes() => Recalled::Ended(Ok(Evidenced {
            summary: "found written".into(),
            exit: Some(0),
            ..Evidenced::default()
        })),
        Ok(_) => undone("the file holds something else"),
        Err(why) if why.kind() == ErrorKind::NotFound => undone("there is no such file"),
        Err(why) => Recalled::Lost(Text::clean(why.to_string())),
    }
}

/// It appears whole or not at all: what is not there was not written.
fn undone(why: &str) -> Recalled {
    Recalled::Ended(Err(Trouble::NotSent(why.into())))
}

/// What would be written, and what stands there now.
pub(super) async fn preview(order: &Order, call: &FileCall) -> Result<Preview, Unknown> {
    let path = call.path.clone();
    // Where a secret goes in, one may stand already.
    let secret = call.text.contains(MASK);
    let now = blocking(move || match fs::metadata(&path) {
        Ok(found) if secret || found.len() > SHOWN => {
            Ok(format!("{} bytes", found.len()))
        }
        Ok(_) => fs::read(&path).map(|bytes| told(&bytes)),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok("nothing".to_owned()),
        Err(why) => Err(why),
    });
    let now = now
        .await
        .map_err(|why| Unknown { why: Text::clean(format!("{}: {why}", call.path)) })?;
    let after = if call.append {
        format!("and {}", told(call.text.as_bytes()))
    } else {
        told(call.text.as_bytes())
    };
    let already = !call.append && now == after;
    let change = (Text::clean(&call.path), Text::clean(now), Text::clean(after));
    Ok(Preview {
        calls: vec![Call { line: Text::clean(order.line()) }],
        changes: if already { Vec::new() } else { vec![change] },
        ..Preview::default()
    })
}

/// A short text itself; of a long one its size and the beginning of its digest.
fn told(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().count() <= 200 => format!("\"{}\"", text.trim_end()),
        Ok(_) | Err(_) => {
            let digest = Sha256::digest(bytes);
            let start = digest.iter().take(4).map(|byte| format!("{byte:02x}"));
            format!("{} bytes, {}", bytes.len(), start.collect::<String>())
        }
    }
}

async fn blocking<T: Send + 'static, E: From<io::Error> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|died| Err(io::Error::other(died.to_string()).into()))
}

impl From<io::Error> for Half {
    /// Who died on the way may have come as far as the file.
    fn from(why: io::Error) -> Self {
        Self::After(why)
    }
}
