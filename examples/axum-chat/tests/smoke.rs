//! The service as a user runs it. What it must do is in `basalt_tests::chat_service`, for all frameworks.

use basalt_tests::chat_service::ChatService;

const SERVICE: ChatService = ChatService { name: "axum-chat", path: env!("CARGO_BIN_EXE_axum-chat") };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_account_a_question_prints_a_tree_of_three_spans() {
    SERVICE.prints_a_tree_of_three_spans().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_three_spans_reach_a_collector_by_grpc_and_by_http() {
    SERVICE.sends_the_same_three_spans_by_grpc_and_by_http().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_behind_an_endpoint_answers_whole_and_in_pieces() {
    SERVICE.asks_a_model_behind_an_endpoint().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_is_down_is_a_502_and_a_marked_generation() {
    SERVICE.answers_502_when_the_model_is_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_answers_what_has_begun() {
    SERVICE.answers_what_has_begun_before_it_stops().await;
}
