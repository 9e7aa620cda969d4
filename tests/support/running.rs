//! A command that runs by itself: stopped at a moment a test names, whatever the machine's speed, sent on, killed.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::{Office, words};

/// Killed when dropped: a test that fails leaves nobody behind who stands still for ever.
pub struct Running(Child);

impl Office {
    /// Starts `swj` with this line and leaves it running.
    pub fn start(&self, line: &str) -> Running {
        Running::of(self.command().args(words(line)))
    }
}

impl Running {
    /// Starts this; nobody reads what it says.
    pub fn of(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Stops it as soon as the sign is seen. When this says yes, it stands still and the sign is there; else it ended
    /// before anybody saw it.
    pub fn stops_at(&mut self, mut sign: impl FnMut(&Self) -> bool) -> bool {
        let began = Instant::now();
        while self.0.try_wait().unwrap().is_none() {
            if sign(self) {
                self.send(Signal::STOP);
                let told =
                    waitid(WaitId::Pid(Pid::from_child(&self.0)), WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
                if !told.unwrap().unwrap().stopped() {
                    return false;
                }
                if sign(self) {
                    return true;
                }
                self.goes_on();
            }
            assert!(began.elapsed() < PATIENCE, "it neither shows the sign nor ends");
            std::thread::sleep(Duration::from_millis(1));
        }
        false
    }

    pub fn goes_on(&self) {
        self.send(Signal::CONT);
    }

    pub fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// The processor time it took so far: what else the machine has to do does not count.
    pub fn used(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        // The name may hold blanks; user and system time are the twelfth and thirteenth behind it, in hundredths.
        let behind: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks = |n: usize| behind[n].parse::<u64>().unwrap();
        Duration::from_millis(10 * (ticks(11) + ticks(12)))
    }

    /// Waits for its end: the code, none where a signal ended it.
    pub fn ends(&mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }

    /// Waits for its end: the processor time of the whole.
    #[track_caller]
    pub fn takes(mut self) -> Duration {
        waitid(WaitId::Pid(Pid::from_child(&self.0)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
        let used = self.used();
        assert_eq!(self.ends(), Some(0));
        used
    }

    pub fn is_killed(&mut self) {
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }

    /// Kills it after so much processor time; says whether it was still at work.
    pub fn is_killed_after(&mut self, used: Duration) -> bool {
        let caught = self.stops_at(|me| me.used() >= used);
        self.is_killed();
        caught
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.is_killed();
    }
}

/// Longer than anything takes on any machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// Looks again and again until there is something.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} never came");
        std::thread::sleep(Duration::from_millis(3));
    }
}
