//! Files of datasets, on their way to storage.

use std::time::Duration;

use basalt_core::client::{Attachment, DatasetError};
use basalt_tests::{
    api_server::{ApiServer, Reply},
    observed::{attribute, named},
};
use serde_json::{Value, json};

use super::client;

fn storing(most: u64) -> ApiServer {
    let server = ApiServer::start();
    let url = format!("{}/bucket/1?signature=geheim", server.url());
    let place =
        json!({"uploadUrl": url, "fileKey": "files/1", "expiresAt": "2030-01-01", "maxSizeBytes": most});
    server.route("POST", "/files/generate-upload-url", [Reply::json(200, &place)]);
    server.route("PUT", "/bucket/1", [Reply::text(200, "")]);
    let row =
        json!({"datasetRow": {"values": {"q": "why?", "scan": "files/1"}, "name": "first"}, "warning": null});
    server.route("POST", "/datasets/receipts/items", [Reply::json(201, &row)]);
    server
}

#[tokio::test]
async fn a_file_is_stored_first_and_the_storage_sees_neither_key_nor_trace() {
    let server = storing(10 << 20);
    let (basalt, recorder) = client(&server, |builder| builder);
    let directory = tempfile::tempdir().unwrap();
    let (path, content) = (directory.path().join("scan.png"), vec![7; 5 << 20]);
    std::fs::write(&path, &content).unwrap();
    let add = || {
        let row = basalt.datasets().add_row("receipts").value("q", "why?").name("first").metadata("page", 1);
        row.file("scan", Attachment::path(&path)).ideal_output("12.50").into_future()
    };
    let row = basalt.start_observe("f", "top").run(|_| add()).await.unwrap();
    assert_eq!(row.values["scan"], "files/1");

    let [asked, put, added] = server.asked().try_into().unwrap();
    let said: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(said, json!({"fileName": "scan.png", "contentType": "image/png"}));
    assert_eq!((put.path.as_str(), put.body.len()), ("/bucket/1?signature=geheim", content.len()));
    assert_eq!(put.headers["content-type"], "image/png");
    assert_eq!(put.headers["content-length"], "5242880");
    for name in ["authorization", "traceparent", "x-basalt-sdk-type"] {
        assert!(!put.headers.contains_key(name), "{name}");
    }
    let said: Value = serde_json::from_slice(&added.body).unwrap();
    let expected = json!({"values": {"q": "why?", "scan": "files/1"}, "name": "first", "idealOutput": "12.50",
        "metadata": {"page": 1}});
    assert_eq!(said, expected);

    basalt.flush(Duration::from_secs(20)).await.unwrap();
    let spans = recorder.spans();
    for name in
        ["basalt.sdk.files.generate_upload_url", "basalt.sdk.files.upload", "basalt.sdk.datasets.add_row"]
    {
        assert_eq!(
            attribute(named(&spans, name), "basalt.request.success").as_deref(),
            Some("true"),
            "{name}"
        );
    }
    assert!(!format!("{spans:?}").contains("geheim"));
}

#[tokio::test]
async fn files_that_datasets_do_not_take_are_refused_and_nothing_is_sent() {
    let server = storing(10 << 20);
    let (basalt, _) = client(&server, |builder| builder);
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str, bytes: usize| {
        let path = directory.path().join(name);
        std::fs::write(&path, vec![7; bytes]).unwrap();
        Attachment::path(path)
    };
    for (file, says) in [
        (path("empty.png", 0), "is empty"),
        (path("long.pdf", (10 << 20) + 1), "10 MiB"),
        (path("script.exe", 1), "type that datasets do not take"),
        (path("noending", 1), "type that datasets do not take"),
        (path("a.png", 1).content_type("image/gif"), "type that datasets do not take"),
        (Attachment::path(directory.path()), "type that datasets do not take"),
        (Attachment::path(directory.path()).content_type("image/png"), "is no file"),
        (Attachment::path("/nowhere/a.png"), "cannot be read"),
        (Attachment::bytes("", "x"), "has a name that no file can have"),
        (Attachment::bytes("../a.png", "x"), "has a name that no file can have"),
        (Attachment::bytes("a\n.png", "x"), "has a name that no file can have"),
    ] {
        let refused = basalt.datasets().add_row("receipts").file("scan", file).await.unwrap_err();
        assert!(
            matches!(&refused, DatasetError::Attachment(why) if why.to_string().contains(says)),
            "{refused}"
        );
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_row_is_not_added_if_its_file_cannot_be_stored() {
    let page = || Attachment::bytes("page", "<h1>Hello</h1>").content_type("text/html");
    let server = storing(3);
    let (basalt, _) = client(&server, |builder| builder.api_attempts(2));
    let refused = basalt.datasets().add_row("receipts").file("scan", page()).await.unwrap_err();
    assert!(refused.to_string().contains("longer than the storage takes"), "{refused}");

    let server = storing(1000);
    server.route("PUT", "/bucket/1", [Reply::text(403, "<Error>expired</Error>")]);
    let (basalt, _) = client(&server, |builder| builder);
    let refused = basalt.datasets().add_row("receipts").file("scan", page()).await.unwrap_err();
    assert!(matches!(&refused, DatasetError::Upload { name, .. } if name == "page"), "{refused}");
    assert_eq!((refused.status(), server.asked().len()), (Some(403), 2));

    for url in ["file:///etc/passwd", "javascript:1", ""] {
        let server = storing(1000);
        let place = json!({"uploadUrl": url, "fileKey": "files/1"});
        server.route("POST", "/files/generate-upload-url", [Reply::json(200, &place)]);
        let (basalt, _) = client(&server, |builder| builder);
        let refused = basalt.datasets().add_row("receipts").file("scan", page()).await.unwrap_err();
        assert!(refused.to_string().contains("no place where files can be stored"), "{refused}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn datasets_are_listed_and_fetched_with_columns_of_either_shape() {
    let server = ApiServer::start();
    let bare =
        json!({"slug": "receipts", "name": "Receipts", "columns": ["q", {"name": "scan", "type": "file"}]});
    server.route("GET", "/datasets", [Reply::json(200, &json!({"datasets": [bare]}))]);
    let mut whole = bare.clone();
    whole["rows"] = json!([{"values": {"q": "why?"}, "idealOutput": "because", "metadata": null}]);
    server.route("GET", "/datasets/receipts", [Reply::json(200, &json!({"dataset": whole}))]);
    let (basalt, _) = client(&server, |builder| builder);
    let listed = basalt.datasets().list().blocking().unwrap().remove(0);
    let columns: Vec<_> =
        listed.columns.iter().map(|column| (column.name.as_str(), column.kind.as_deref())).collect();
    assert_eq!(columns, [("q", None), ("scan", Some("file"))]);
    let got = basalt.datasets().get("receipts").blocking().unwrap();
    assert_eq!(got.summary, listed);
    assert_eq!(
        (got.rows[0].values["q"].as_str(), got.rows[0].ideal_output.as_deref()),
        (Some("why?"), Some("because"))
    );
}
