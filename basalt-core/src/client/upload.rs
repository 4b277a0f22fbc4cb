//! Files on their way to storage.

use http::{HeaderMap, Method, Uri};
use serde::Deserialize;
use serde_json::json;

use super::{
    Api, ApiError, Attachment, DatasetError, InvalidAttachment,
    ask::{Ask, label},
    attachment::Stored,
    errand::{Content, Outgoing},
    target::{parsed, without_query},
};
use crate::semconv::basalt;

/// Where a file may be stored, and what it is called there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    /// It is a secret: whoever has it may store.
    upload_url: String,
    file_key: String,
    max_size_bytes: Option<u64>,
}

/// Stores a file; the key it is stored under.
pub(super) async fn upload(api: &Api, file: Attachment) -> Result<String, DatasetError> {
    let file = file.checked()?;
    let body = json!({"fileName": file.name, "contentType": file.content_type});
    let ask =
        Ask::post(["files", "generate-upload-url"], body).labelled(label!("files", "generate_upload_url"));
    let ask = ask.detail(basalt::FILE_CONTENT_TYPE, Some(file.content_type));
    let place: Place = api.ask(ask).await?;
    if place.max_size_bytes.is_some_and(|most| file.length > most) {
        return Err(InvalidAttachment::too_long(file.name).into());
    }
    let url = storage(&place.upload_url, api.is_secure())?;
    let name = file.name.clone();
    let stored = store(api, url, file).await;
    stored.map_err(|source| DatasetError::Upload { name, source })?;
    Ok(place.file_key)
}

/// What goes to the API encrypted is stored encrypted.
fn storage(url: &str, secure: bool) -> Result<Uri, ApiError> {
    let fits = |url: &Uri| match url.scheme_str() {
        Some("https") => true,
        Some("http") => !secure,
        _ => false,
    };
    parsed(url).filter(fits).ok_or_else(|| ApiError::Unusable {
        status: 200,
        reason: "it names no place where files can be stored".to_owned(),
    })
}

/// The storage is not the API: it sees neither the key nor the trace, and its address stays out of the span.
async fn store(api: &Api, url: Uri, file: Stored) -> Result<(), ApiError> {
    let shown = without_query(&url);
    let ask = Ask::put()
        .labelled(label!("files", "upload"))
        .detail(basalt::FILE_CONTENT_TYPE, Some(file.content_type));
    ask.observed(shown, |_| async move {
        let (headers, content) = (HeaderMap::new(), Some(Content::File(file)));
        let reply = api.carry(Outgoing { method: Method::PUT, url, headers, content }).await?;
        Ok(((), reply.status))
    })
    .await
}
