//! Step 11: the integration's response head, awaited.

use std::io;

use ringgate_http1::{Parsed, ResponseSlots, parse_response};
use ringgate_runtime::{Buf, Guard, Watch};

use super::respond::{self, Answer};
use super::upgrade;
use crate::connection::Exchange;
use crate::limits::INTERIM_RESPONSES_MAX;
use crate::link::{Link, OriginFault};
use crate::rescue::{Fault, Kind};
use crate::upstream::Lease;
use crate::worker::Core;

const ENDED: &str = "the connection ended before a response head";

/// One look at what the upstream has sent.
enum Seen {
    /// The head is not whole.
    Partial,
    /// An interim response of this many bytes; it is written out.
    Interim(usize),
    /// The final head of this many bytes; it is written out.
    Final(usize, Answer),
}

/// Reads until the final response head is there, passing interim ones on to `client`.
///
/// Afterwards `out` holds the head for the client and `reply` begins with the body.
///
/// # Errors
/// [`Kind::UpstreamTimeout`] when the watch ended the wait, [`Kind::StaleUpstream`] when a kept
/// connection ended without a byte, [`Kind::NoAnswer`] when a new one did, [`Kind::Unprocessed`]
/// when the origin says that it has done nothing, else [`Kind::BadUpstream`].
pub(crate) async fn response_head(
    core: &Core,
    watch: &Watch,
    lease: &Lease,
    client: &Link,
    exchange: &Exchange,
    reply: &mut Buf,
    out: &mut Buf,
) -> Result<Answer, Fault> {
    let mut interims = 0;
    let mut silent = true;
    let mut ended = false;
    loop {
        let (result, buf) = lease.link.read(std::mem::take(reply)).await;
        *reply = buf;
        if watch.client_gone() {
            return Err(Fault::new(Kind::ClientGone, "the client went away before the answer"));
        }
        if watch.expired() {
            return Err(Fault::new(Kind::UpstreamTimeout, "no response head in time"));
        }
        match result {
            Ok(1..) => silent = false,
            Ok(_) if lease.reused && silent => {
                return Err(Fault::new(Kind::StaleUpstream, "a kept connection had ended"));
            }
            // What a mapping waits for may be a body that ends with the connection.
            Ok(_) if exchange.mapped.is_some() && !reply.is_empty() => ended = true,
            Ok(_) if silent => return Err(Fault::new(Kind::NoAnswer, ENDED)),
            Ok(_) => return Err(bad(ENDED)),
            Err(error) => return Err(lost(&error, lease.reused, silent)),
        }
        loop {
            out.clear();
            match look(core, exchange, reply.filled(), ended, out.as_vec())? {
                Seen::Partial if ended => {
                    return Err(bad("the connection ended before a whole response"));
                }
                Seen::Partial => break,
                Seen::Final(len, answer) => {
                    reply.consume(len);
                    return Ok(answer);
                }
                Seen::Interim(len) => {
                    reply.consume(len);
                    interims += 1;
                    if interims > INTERIM_RESPONSES_MAX {
                        return Err(bad("too many interim responses"));
                    }
                    // HTTP/1.0 knows none (RFC 9110 section 15.2).
                    if !exchange.http10 {
                        watch.point(&Guard::Both);
                        let (result, back) = client.write_all(std::mem::take(out)).await;
                        *out = back;
                        watch.point(&Guard::Answer);
                        result.map_err(|e| Fault::new(Kind::ClientGone, e.to_string()))?;
                    }
                }
            }
        }
        if reply.spare() == 0 {
            reply.make_room();
        }
    }
}

/// What a read that failed says, on a connection that was used before or not; `silent`: nothing has
/// come on it since.
fn lost(error: &io::Error, reused: bool, silent: bool) -> Fault {
    match OriginFault::of(error) {
        Some(OriginFault::Unprocessed(_)) => Fault::new(Kind::Unprocessed, error.to_string()),
        Some(OriginFault::NoWebSocket) => Fault::new(Kind::Handshake(501), error.to_string()),
        None | Some(OriginFault::Ended(_)) if silent && reused => {
            Fault::new(Kind::StaleUpstream, "a kept connection was reset")
        }
        None | Some(OriginFault::Ended(_)) if silent => {
            Fault::new(Kind::NoAnswer, error.to_string())
        }
        _ => Fault::new(Kind::BadUpstream, error.to_string()),
    }
}

/// `ended`: the connection ended behind `bytes`.
fn look(
    core: &Core,
    exchange: &Exchange,
    bytes: &[u8],
    ended: bool,
    out: &mut Vec<u8>,
) -> Result<Seen, Fault> {
    if bytes.is_empty() {
        return Ok(Seen::Partial);
    }
    let mut slots = ResponseSlots::new();
    let method = if exchange.asks_head { "HEAD" } else { "GET" };
    let head = match parse_response(bytes, &mut slots, method) {
        Ok(Parsed::Complete(head)) => head,
        Ok(Parsed::Partial) => return Ok(Seen::Partial),
        Err(fault) => return Err(bad(fault.reason())),
    };
    if head.switches_protocols() {
        let agreed = upgrade::agreed(exchange.upgrade.as_deref(), &head)?;
        let answer = respond::switched(out, &head, exchange, agreed.extensions);
        return Ok(Seen::Final(head.len, answer));
    }
    if head.is_interim() {
        respond::interim(out, &head);
        return Ok(Seen::Interim(head.len));
    }
    if exchange.connects && head.status < 300 {
        return Err(bad("the origin answered a WebSocket handshake with something else"));
    }
    let edits = match &exchange.mapped {
        None => None,
        Some(mapped) => {
            let body = bytes.get(head.len..).unwrap_or_default();
            match mapped.edits(&head, body, ended, &exchange.record)? {
                None => return Ok(Seen::Partial),
                Some(edits) => edits,
            }
        }
    };
    let answer = respond::passed(core, out, &head, exchange, edits.as_ref());
    Ok(Seen::Final(head.len, answer))
}

fn bad(reason: &'static str) -> Fault {
    Fault::new(Kind::BadUpstream, reason)
}
