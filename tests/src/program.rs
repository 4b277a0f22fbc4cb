//! A program as its user runs it: a process, asked over TCP.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, ChildStderr, Command, Stdio},
};

use serde_json::Value;

use crate::client::{Answer, Client};

/// A service in a process of its own, until it is stopped or dropped.
#[derive(Debug)]
pub struct Program {
    process: Child,
    address: SocketAddr,
    stderr: BufReader<ChildStderr>,
}

/// A command without the variables of whoever runs the test.
#[must_use]
pub fn command(path: &str) -> Command {
    let mut command = Command::new(path);
    command.env_clear().env("NO_COLOR", "1");
    command
}

impl Program {
    /// Starts a service on a free port, with nothing but these variables to configure it. Its first line says
    /// where it listens.
    #[must_use]
    pub fn start(path: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = command(path);
        command.args(["--listen", "127.0.0.1:0"]).envs(variables.iter().copied()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        let address = address.and_then(|address| address.parse().ok());
        Self { process, address: address.unwrap_or_else(|| panic!("no address in {line:?}")), stderr }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Posts JSON, with these header lines, each of which ends with `\r\n`.
    pub async fn post(&self, path: &str, headers: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let length = body.len();
        let mut client = Client::connect(self.address).await;
        let head = format!("POST {path} HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n");
        client.send(format!("{head}{headers}content-length: {length}\r\n\r\n{body}").as_bytes()).await;
        client.answer("POST").await.unwrap()
    }

    /// Stops it as Ctrl-C does; says what it printed after its first line.
    pub fn stop(mut self) -> String {
        self.interrupt();
        self.printed()
    }

    /// Asks it to stop, as Ctrl-C does.
    pub fn interrupt(&self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    /// Waits for its end; says what it printed after its first line.
    pub fn printed(&mut self) -> String {
        let mut printed = String::new();
        self.stderr.read_to_string(&mut printed).unwrap();
        assert!(self.process.wait().unwrap().success(), "{printed}");
        printed
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}
