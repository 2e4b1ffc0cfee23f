//! The cluster goes on: its controllers act as time passes.

use super::super::session::Session;
use crate::apiserver::{Server, Step, step};

/// Steps that controllers take after one line, amply for a hundred pods.
const MAX_STEPS: u32 = 5_000;
/// What a controller needs for a step, in milliseconds of the virtual clock.
const STEP_MS: i64 = 10;
/// What the kubelet needs to start or stop a pod.
const KUBELET_MS: i64 = 400;

impl Session {
    /// What a user asks of the API server.
    pub(in crate::shell) fn serve<T>(&mut self, ask: impl FnOnce(&mut Server<'_>) -> T) -> T {
        let mut clock = self.clock;
        let answer = ask(&mut Server {
            etcd: self,
            clock: &mut clock,
        });
        self.clock = clock;
        answer
    }

    /// Lets the controllers act until nothing is left to do, or for as long as is given; time
    /// passes meanwhile. Answers how much of it.
    pub(in crate::shell) fn settle(&mut self, ms: i64) -> i64 {
        let mut passed = 0;
        for _ in 0..MAX_STEPS {
            if !self.has_cluster_work || passed + STEP_MS > ms {
                break;
            }
            match self.serve(|server| step(server, false)) {
                Ok(Step::Done) => {
                    self.advance(STEP_MS);
                    passed += STEP_MS;
                }
                Ok(Step::Waits) if passed + KUBELET_MS <= ms => {
                    self.advance(KUBELET_MS);
                    passed += KUBELET_MS;
                    if self.serve(|server| step(server, true)).is_err() {
                        self.has_cluster_work = false;
                    }
                }
                Ok(Step::Waits) => break,
                Ok(Step::Idle) | Err(_) => self.has_cluster_work = false,
            }
        }
        passed
    }
}
