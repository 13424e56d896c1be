//! A network between a client and the PostgreSQL of the tests: every byte takes its time, and all connections can be
//! cut.
#![expect(clippy::disallowed_methods, reason = "bytes are held back in real time")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A network of one server.
pub struct Proxy {
    /// Where it listens, with the rest of the server's address.
    pub url: String,
    open: Rc<RefCell<Vec<JoinHandle<()>>>>,
    is_down: Rc<Cell<bool>>,
}

impl Proxy {
    /// Opens it on a loopback port; inside of a `LocalSet` only. `url` is a schema's, as [`super::fresh`] gives it.
    ///
    /// # Panics
    /// The server does not listen on a Unix socket.
    pub async fn open(url: &str, round_trip: Duration) -> Self {
        let value = |key: &str| {
            let query = url.split_once('?').expect("a query").1;
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
            pair.unwrap_or_else(|| panic!("no {key} in {url}")).to_owned()
        };
        let socket = format!("{}/.s.PGSQL.5432", value("host"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let url = format!("postgres://{}@{address}/pushform?schema={}", value("user"), value("schema"));
        let proxy = Self { url, open: Rc::default(), is_down: Rc::default() };
        let (open, is_down) = (Rc::clone(&proxy.open), Rc::clone(&proxy.is_down));
        tokio::task::spawn_local(async move {
            while let Ok((client, _)) = listener.accept().await {
                if is_down.get() {
                    continue;
                }
                let server = UnixStream::connect(&socket).await.expect("the server");
                open.borrow_mut().push(tokio::task::spawn_local(join(client, server, round_trip / 2)));
            }
        });
        proxy
    }

    /// Cuts every connection, and takes none until it is up again.
    pub fn down(&self) {
        self.is_down.set(true);
        self.open.borrow_mut().drain(..).for_each(|one| one.abort());
    }

    /// Takes connections again.
    pub fn up(&self) {
        self.is_down.set(false);
    }
}

async fn join(client: TcpStream, server: UnixStream, delay: Duration) {
    client.set_nodelay(true).expect("a socket");
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        () = carry(from_client, to_server, delay) => {}
        () = carry(from_server, to_client, delay) => {}
    }
}

/// Every byte arrives so much later than it was sent, however many are on their way.
async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay: Duration) {
    let (send, mut sent) = unbounded_channel();
    let read = async move {
        let mut bytes = vec![0; 65_536];
        while let Ok(count @ 1..) = from.read(&mut bytes).await {
            if send.send((Instant::now() + delay, bytes[..count].to_vec())).is_err() {
                return;
            }
        }
    };
    let write = async move {
        while let Some((at, bytes)) = sent.recv().await {
            tokio::time::sleep_until(at).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(read, write);
}
