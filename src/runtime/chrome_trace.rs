//! A trace as Chrome trace JSON, which Perfetto and `chrome://tracing` open.
//!
//! The format: "Trace Event Format", Google, 2016: an object with `traceEvents`, of which `M` events name things and `X`
//! events are blocks with a begin and a duration in microseconds.

use std::io::{self, Write};

use serde::Serialize;

use crate::runtime::span::Trace;

/// All lanes belong to one process in the trace.
const PROCESS: u32 = 1;

#[derive(Serialize)]
struct Event<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'a str>,
    ph: &'static str,
    /// Microseconds, with nanoseconds behind the point.
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    pid: u32,
    tid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<serde_json::Value>,
}

/// Writes the trace: a lane becomes a thread, a span a block whose category is its state. Spans that were not kept are told
/// under `otherData`.
pub fn write(trace: &Trace, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"{\"displayTimeUnit\":\"ms\",\"otherData\":{\"dropped_spans\":")?;
    writeln!(out, "{}}},\"traceEvents\":[", trace.dropped)?;
    let naming = |name, tid, args| Event { name, cat: None, ph: "M", ts: None, dur: None, pid: PROCESS, tid, args };
    let mut events = Separated { out, first: true };
    events.write(&naming("process_name", 0, Some(serde_json::json!({ "name": "fanout" }))))?;
    for (lane, name) in (0..).zip(&trace.lanes) {
        events.write(&naming("thread_name", lane + 1, Some(serde_json::json!({ "name": name }))))?;
        events.write(&naming("thread_sort_index", lane + 1, Some(serde_json::json!({ "sort_index": lane }))))?;
    }
    for span in &trace.spans {
        events.write(&Event {
            name: &span.label,
            cat: Some(span.state.name()),
            ph: "X",
            ts: Some(span.start_ns as f64 / 1e3),
            dur: Some(span.end_ns.saturating_sub(span.start_ns) as f64 / 1e3),
            pid: PROCESS,
            tid: span.lane + 1,
            args: None,
        })?;
    }
    events.out.write_all(b"\n]}\n")
}

/// Events with commas between, a line each.
struct Separated<'a, W> {
    out: &'a mut W,
    first: bool,
}

impl<W: Write> Separated<'_, W> {
    fn write(&mut self, event: &Event<'_>) -> io::Result<()> {
        if !self.first {
            self.out.write_all(b",\n")?;
        }
        self.first = false;
        serde_json::to_writer(&mut *self.out, event).map_err(io::Error::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::span::{Span, State};
    use serde_json::Value;

    #[test]
    fn every_event_is_what_the_format_asks_for() {
        let span = |lane, label: &'static str, state, start_ns, end_ns| Span {
            lane,
            label: label.into(),
            state,
            start_ns,
            end_ns,
        };
        let trace = Trace {
            lanes: vec!["thread 0".to_owned(), "a \"quoted\" lane".to_owned()],
            spans: vec![
                span(0, "item 0", State::Running, 1_500, 4_000),
                span(1, "waits for a job", State::Queue, 0, 1_000_000),
            ],
            dropped: 3,
        };
        let mut bytes = vec![];
        write(&trace, &mut bytes).unwrap();
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json["otherData"]["dropped_spans"], 3);
        let events = json["traceEvents"].as_array().unwrap();
        for event in events {
            assert!(event["name"].is_string() && event["pid"].is_u64() && event["tid"].is_u64(), "{event}");
            match event["ph"].as_str().unwrap() {
                "M" => assert!(event["args"].is_object(), "{event}"),
                "X" => {
                    assert!(event["ts"].as_f64().unwrap() >= 0.0 && event["dur"].as_f64().unwrap() >= 0.0, "{event}");
                }
                other => panic!("{other}"),
            }
        }
        let block = events.iter().find(|event| event["name"] == "item 0").unwrap();
        assert_eq!((&block["ts"], &block["dur"], &block["cat"]), (&1.5.into(), &2.5.into(), &"running".into()));
        assert!(events.iter().any(|event| event["args"]["name"] == "a \"quoted\" lane"));
    }

    #[test]
    fn an_empty_trace_is_valid_too() {
        let mut bytes = vec![];
        write(&Trace::default(), &mut bytes).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap()["traceEvents"].as_array().unwrap().len(), 1);
    }
}
