//! The two ways to ask, served.

use std::pin::Pin;

use basalt_tower::{RequestSpan, RootSpan};
use chat::ChatError;
use futures_util::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use crate::wire::{Answer, Chat, Piece, Question};

/// Answers from a folder of documents.
pub(crate) struct Service {
    pub(crate) chat: chat::Chat,
}

#[tonic::async_trait]
impl Chat for Service {
    type AskStreamStream = Pin<Box<dyn Stream<Item = Result<Piece, Status>> + Send>>;

    async fn ask(&self, request: Request<Question>) -> Result<Response<Answer>, Status> {
        let (span, question) = opened(request)?;
        let answer = self.chat.answer(&span, &question).await.map_err(|error| failed(&span, &error))?;
        Ok(Response::new(Answer { text: answer.answer, sources: answer.sources }))
    }

    async fn ask_stream(
        &self,
        request: Request<Question>,
    ) -> Result<Response<Self::AskStreamStream>, Status> {
        let (span, question) = opened(request)?;
        let texts = self.chat.stream(&span, &question).await.map_err(|error| failed(&span, &error))?;
        let pieces = texts.map(|text| match text {
            Ok(text) => Ok(Piece { text }),
            Err(error) => Err(Status::unavailable(error.to_string())),
        });
        Ok(Response::new(pieces.boxed()))
    }
}

/// The span that the layer has opened, and what is asked.
fn opened(request: Request<Question>) -> Result<(RequestSpan, String), Status> {
    let span = request.extensions().get::<RequestSpan>().cloned();
    let question = request.into_inner().text;
    if question.trim().is_empty() {
        return Err(Status::invalid_argument("the question is blank"));
    }
    Ok((span.ok_or_else(|| Status::internal("no layer stands around this service"))?, question))
}

/// It is the model's or the index's failure, not the caller's.
fn failed(span: &RootSpan, error: &ChatError) -> Status {
    span.set_error(error);
    Status::unavailable(error.to_string())
}
