//! The client over a real engine: that of the home `IPFS_KIT_HOME`, which listens at `IPFS_KIT_TEST_ADDRESS`, too.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;

use ipfs_kit::{
    AddOptions, CarImportOptions, Client, DatasetDownloadOptions, DatasetUploadOptions, DownloadOptions, Error,
    EventLsOptions, PinAddOptions, PinLsOptions, QueryOptions, UploadOptions,
};
use serde_json::json;

fn clients() -> Vec<Client> {
    let address = std::env::var("IPFS_KIT_TEST_ADDRESS").expect("IPFS_KIT_TEST_ADDRESS is where the engine listens");
    vec![Client::of_home(None).unwrap(), Client::at_port(&address, None).unwrap()]
}

fn all(mut from: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn bytes_go_in_and_come_out() {
    let data: Vec<u8> = (0..5_000_000u32).map(|number| (number % 251) as u8).collect();
    for client in clients() {
        let named = UploadOptions { name: Some("bytes.bin".into()), ..Default::default() };
        let added = client.upload(&data[..], &named).unwrap();
        assert_eq!(added.size, data.len() as i64);
        assert!(all(client.download(&added.cid, &DownloadOptions::default()).unwrap()) == data);
        let part = DownloadOptions { start: Some(1000), end: Some(1256) };
        let body = client.download(&added.cid, &part).unwrap();
        assert_eq!((body.status(), body.header("content-length")), (206, Some("256")));
        assert_eq!(all(body), data[1000..1256]);
        assert_eq!(client.stat(&added.cid).unwrap().r#type, "file");
        let archive = client.car_export(&added.cid).unwrap();
        assert_eq!(client.car_import(archive, &CarImportOptions::default()).unwrap().roots, [added.cid.as_str()]);
        let none = client.upload(std::io::empty(), &UploadOptions::default()).unwrap();
        assert!(all(client.download(&none.cid, &DownloadOptions::default()).unwrap()).is_empty());
    }
}

#[test]
fn pages_are_asked_for_one_after_the_other() {
    for client in clients() {
        let added: BTreeSet<String> = (0..5)
            .map(|number| client.upload(format!("page {number}").as_bytes(), &UploadOptions::default()).unwrap().cid)
            .collect();
        let options = PinLsOptions { limit: Some(2), ..Default::default() };
        let pinned: BTreeSet<String> = client.iter_pin_ls(&options).map(|pin| pin.unwrap().cid).collect();
        assert!(pinned.is_superset(&added));
    }
}

#[test]
fn rows_come_of_sql() {
    for client in clients() {
        let table = &b"city,people\nBern,134794\nBasel,177827\n"[..];
        let made = client.dataset_upload(table, "cities", "csv", &DatasetUploadOptions::default()).unwrap();
        assert_eq!(made.rows, 2);
        let options =
            QueryOptions { parameters: Some([("least".into(), json!(150_000))].into()), ..Default::default() };
        let found = client.query("SELECT city FROM cities WHERE people > $least", &options).unwrap();
        assert_eq!(json!(found.rows), json!([["Basel"]]));
        let options = DatasetDownloadOptions { format: Some("csv".into()), ..Default::default() };
        assert!(all(client.dataset_download("cities", &options).unwrap()).starts_with(b"city,people"));
    }
}

#[test]
fn the_engine_says_what_goes_wrong() {
    for client in clients() {
        let missing = client.dataset_show("none").unwrap_err();
        assert_eq!(missing.code(), Some("PATH_NOT_FOUND"));
        let wrong = client.pin_ls(&PinLsOptions { limit: Some(0), ..Default::default() }).unwrap_err();
        let Error::Problem(problem) = wrong else { panic!("{wrong}") };
        assert_eq!((problem.status, problem.fields[0].field.as_str()), (400, "limit"));
        // A text stays in its segment, whatever is in it.
        assert!(matches!(client.job_show("../status?x=1").unwrap_err(), Error::Problem(_)));
    }
    let address = std::env::var("IPFS_KIT_TEST_ADDRESS").unwrap();
    let stranger = Client::with_token(&address, "none");
    assert_eq!(stranger.version().unwrap_err().code(), Some("CREDENTIALS"));
    let large = std::io::repeat(0).take(64 << 20);
    assert_eq!(stranger.upload(large, &UploadOptions::default()).unwrap_err().code(), Some("CREDENTIALS"));
    assert!(matches!(Client::with_token(&address, "a\r\nb: c").version().unwrap_err(), Error::Protocol(_)));
    assert!(matches!(Client::with_token("127.0.0.1:1", "none").version().unwrap_err(), Error::Io(_)));
}

#[test]
fn long_work_is_a_job() {
    let file = std::env::temp_dir().join(format!("ipfs-kit-rust-{}", std::process::id()));
    std::fs::write(&file, "a file of this machine").unwrap();
    for client in clients() {
        let job = client.add_job(&[file.to_str().unwrap()], &AddOptions::default()).unwrap();
        let mut statuses = Vec::new();
        let result = job.wait(|report| statuses.push(report.status.clone())).unwrap();
        assert_eq!(result.roots[0].size, 22);
        assert_eq!(statuses.last().unwrap(), "completed");
        assert_eq!(job.report().unwrap().status, "completed");
        let failing = client.add_job(&["/none/at/all"], &AddOptions::default()).unwrap();
        assert!(failing.wait(|_| ()).unwrap_err().code().is_some());
        failing.cancel().unwrap();
    }
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn events_come_as_they_happen() {
    for client in clients() {
        let known = client.event_ls(&EventLsOptions::default()).unwrap().last_id;
        let cid = client.upload(format!("after {known}").as_bytes(), &UploadOptions::default()).unwrap().cid;
        let mut events = client.events(&["added"], Some(known)).unwrap().map(|event| event.unwrap());
        // Others add at the same time.
        assert!(events.any(|event| event.name == "added" && event.data["cid"] == json!(cid)));
    }
}

#[test]
fn a_key_makes_a_write_happen_once() {
    for client in clients() {
        let cid = client.upload(&b"once"[..], &UploadOptions::default()).unwrap().cid;
        let key = format!("once {:?}", client.version().unwrap().other["correlation_id"]);
        let options = PinAddOptions { idempotency_key: Some(key), ..Default::default() };
        let first = client.pin_add(&[&cid], &options).unwrap();
        assert_eq!(client.pin_add(&[&cid], &options).unwrap(), first);
    }
}

#[test]
fn what_is_cut_off_is_no_end() {
    for head in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "nonsense\r\n\r\n",
    ] {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = Client::with_token(&server.local_addr().unwrap().to_string(), "x");
        let thread = std::thread::spawn(move || {
            let (mut connection, _) = server.accept().unwrap();
            assert!(connection.read(&mut [0; 1 << 16]).unwrap() > 0);
            connection.write_all(head.as_bytes()).unwrap();
        });
        let read = client.download("cid", &DownloadOptions::default()).and_then(|mut body| {
            let mut bytes = Vec::new();
            Ok(body.read_to_end(&mut bytes)?)
        });
        assert!(read.is_err(), "{head}");
        thread.join().unwrap();
    }
}
