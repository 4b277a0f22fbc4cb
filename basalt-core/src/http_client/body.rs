//! Bodies of requests: bytes in memory, or a file that is read while it is sent.

use std::{
    io, mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// A body of a known length.
#[derive(Debug)]
pub(crate) enum Body {
    Bytes(Bytes),
    #[cfg(feature = "client")]
    File(File),
}

/// The first `left` bytes of a file.
#[cfg(feature = "client")]
#[derive(Debug)]
pub(crate) struct File {
    file: tokio::fs::File,
    left: u64,
    buffer: Vec<u8>,
}

impl Body {
    /// No body.
    #[cfg(feature = "client")]
    pub(crate) fn empty() -> Self {
        Self::Bytes(Bytes::new())
    }

    /// A file of so many bytes. It is an error if it turns out to be shorter.
    #[cfg(feature = "client")]
    pub(crate) fn file(file: tokio::fs::File, length: u64) -> Self {
        const CHUNK: usize = 64 * 1024;
        Self::File(File { file, left: length, buffer: vec![0; CHUNK] })
    }

    fn left(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            #[cfg(feature = "client")]
            Self::File(file) => file.left,
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        #[cfg_attr(not(feature = "client"), expect(unused_variables, reason = "only files are waited for"))]
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left() == 0 {
            return Poll::Ready(None);
        }
        match self.get_mut() {
            Self::Bytes(bytes) => Poll::Ready(Some(Ok(Frame::data(mem::take(bytes))))),
            #[cfg(feature = "client")]
            Self::File(file) => file.poll_chunk(context).map(|chunk| Some(chunk.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left())
    }
}

#[cfg(feature = "client")]
impl File {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        use tokio::io::{AsyncRead, ReadBuf};

        let mut buffer = ReadBuf::new(&mut self.buffer);
        std::task::ready!(Pin::new(&mut self.file).poll_read(context, &mut buffer))?;
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        // What was appended meanwhile is not part of it.
        let read = buffer.filled().get(..most).unwrap_or(buffer.filled());
        if read.is_empty() {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file has become shorter",
            )));
        }
        self.left -= read.len() as u64;
        Poll::Ready(Ok(Bytes::copy_from_slice(read)))
    }
}

#[cfg(feature = "client")]
#[cfg(test)]
mod tests {
    use http_body::Body as _;

    use super::*;

    /// What is sent of a file that holds this text and is said to have so many bytes.
    async fn sent(text: &str, length: u64) -> io::Result<Bytes> {
        let path = std::env::temp_dir().join(format!("basalt-body-{}", fastrand::u64(..)));
        std::fs::write(&path, text).unwrap();
        let body = Body::file(tokio::fs::File::open(&path).await.unwrap(), length);
        std::fs::remove_file(path).unwrap();
        assert_eq!(body.size_hint().exact(), Some(length));
        Ok(crate::http_client::read(body, usize::MAX).await?.unwrap())
    }

    #[tokio::test]
    async fn a_file_is_sent_whole_however_long_it_is() {
        for length in [0, 1, 64 * 1024, 64 * 1024 + 1, 300_000] {
            let text = "x".repeat(length);
            assert_eq!(sent(&text, length as u64).await.unwrap(), text);
        }
    }

    #[tokio::test]
    async fn a_file_that_has_grown_is_sent_as_it_was_and_one_that_has_shrunk_is_an_error() {
        assert_eq!(sent("abcdef", 3).await.unwrap(), "abc");
        assert_eq!(sent("abc", 6).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn a_body_longer_than_the_limit_is_not_read() {
        for (length, limit, read) in [(0, 0, true), (9, 10, true), (10, 10, true), (11, 10, false)] {
            let body = Body::Bytes(vec![0; length].into());
            assert_eq!(crate::http_client::read(body, limit).await.unwrap().is_some(), read);
        }
    }
}
