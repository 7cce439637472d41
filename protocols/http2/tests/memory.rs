//! What an idle connection holds, `h2`'s own buffers included: resident bytes, as the kernel counts
//! them. One test a file, so that nothing else runs in this process.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use ringgate_http2::{Guard, Pipe};
use support::app::App;
use support::frames::*;
use support::server::Server;

const CONNECTIONS: usize = 1_000;
/// Measured: 31,232 bytes allocated after the greeting, 28,672 of them three fixed buffers of
/// `h2` (16 KiB to write, 8 KiB to read, 4 KiB for Huffman codes), of which half are ever touched;
/// 37,460 bytes with the header tables of a browser's requests.
const IDLE_BYTES_MAX: usize = 48 * 1024;

fn resident_bytes() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn idle_connections_hold_little() {
    assert!(size_of::<Guard>() <= 512, "a guard has {} bytes", size_of::<Guard>());
    assert_eq!(size_of::<Pipe>(), size_of::<usize>());
    let before = resident_bytes();
    let mut servers: Vec<Server> = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let mut server = Server::greeted(App::Answer(100));
        for stream in [1, 3, 5] {
            let mut block = get(&[]);
            for name in ["user-agent", "accept", "accept-language", "cookie"] {
                block.extend(indexed(name.as_bytes(), &[b'a'; 60]));
            }
            server.send(&headers(stream, END, &block));
        }
        assert_eq!(server.seen().len(), 3);
        server.shared.seen.borrow_mut().clear();
        server.sent = Vec::new();
        servers.push(server);
    }
    let idle = (resident_bytes() - before) / CONNECTIONS;
    println!("{idle} resident bytes an idle connection");
    assert!(idle < IDLE_BYTES_MAX, "{idle} bytes");
}
