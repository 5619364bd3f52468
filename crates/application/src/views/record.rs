use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use plenum_domain::event::Event;
use plenum_domain::id::{EventId, SessionId, TreeId, UserId};
use plenum_domain::permission::{Action, FollowEvents, Standing};
use plenum_domain::result::{self, ResultView};
use plenum_ports::StoreError;
use plenum_ports::page::Page;
use plenum_ports::queries::{LeafLine, SessionLine};
use plenum_ports::repository::{LogCheckpoint, TreeKey};
use plenum_record::file::{self, RecordWriter};
use plenum_record::leaf::Leaf;

use super::require;
use crate::use_cases::{NoteExport, SequenceLog};
use crate::{App, Failure};

/// Leaves that are held in memory at a time.
const PIECE: u16 = 500;

/// What a person may see of the votes on an event.
#[derive(Clone, Copy, Debug)]
struct Sight {
    /// Who voted.
    who: bool,
    /// What each of them voted.
    choice: bool,
    /// The ballots without names, and the result.
    counted: bool,
}

impl Sight {
    fn of(event: &Event, standing: &Standing) -> Self {
        let choice = result::view_votes(event, standing).is_ok();
        let counted = matches!(result::view_results(event, standing), Ok(ResultView::Counted));
        Self { who: choice || Action::SeeWhoIsMissing.allows(standing), choice, counted }
    }

    /// Whether an opening of a leaf may be shown.
    fn shows(self, action: &str, name: &str) -> bool {
        match (action, name) {
            // Who cast a vote, and of a secret event who voted.
            ("vote.cast" | "vote.change", "who") | ("event.close", "voters") => self.who,
            ("vote.cast" | "vote.change", _) => self.choice,
            ("event.close" | "event.tie", "ballots" | "result" | "changes") => self.counted,
            _ => true,
        }
    }
}

/// Bytes written and not yet taken.
#[derive(Clone, Default)]
struct Pending(Arc<Mutex<Vec<u8>>>);

impl Pending {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The record of a sitting, made piece by piece.
pub struct RecordPieces {
    app: App,
    tree: TreeId,
    origin: String,
    public_key: String,
    last: LogCheckpoint,
    sights: HashMap<EventId, Sight>,
    /// Where the next leaves begin.
    at: u64,
    results: VecDeque<EventId>,
    pending: Pending,
    writer: Option<RecordWriter<Pending>>,
}

fn other(error: impl std::fmt::Display) -> Failure {
    StoreError::Other(format!("the record cannot be written: {error}")).into()
}

impl App {
    /// The record of a sitting up to now, as far as a person may see it. That it was taken stands in it.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] for who takes no part in the sitting, [`Failure::NotFound`] for strangers.
    pub async fn record(&self, id: SessionId, user: UserId) -> Result<(SessionLine, RecordPieces), Failure> {
        let line = self.queries.session(id, user).await?.ok_or(Failure::NotFound("session"))?;
        require::<FollowEvents>(&line.standing, "session")?;
        Box::pin(self.run(&NoteExport { session_id: id, by: user, kind: "record" })).await?;
        let key = TreeKey::Session(id);
        while Box::pin(self.run(&SequenceLog { sign: Some(key) })).await?.more {}
        let tree = self.queries.log_tree(key).await?.ok_or(Failure::NotFound("session"))?;
        let last = self.queries.log_checkpoint(tree.id, None).await?;
        let last = last.ok_or_else(|| other("this server does not have the key of the session's log"))?;
        let mut sights = HashMap::new();
        let mut results = VecDeque::new();
        let mut page = Page::first();
        loop {
            let events = self.queries.events(id, page).await?;
            for event in events.items {
                let sight = Sight::of(&event, &line.standing);
                if sight.counted {
                    results.push_back(event.id);
                }
                sights.insert(event.id, sight);
            }
            match events.next {
                Some(next) => page = page.continued(next),
                None => break,
            }
        }
        let pending = Pending::default();
        let pieces = RecordPieces {
            app: self.clone(),
            tree: tree.id,
            origin: tree.origin,
            public_key: tree.public_key,
            last,
            sights,
            at: 0,
            results,
            writer: Some(RecordWriter::new(pending.clone())),
            pending,
        };
        Ok((line, pieces))
    }
}

impl RecordPieces {
    /// The next bytes of the file; `None` at its end.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        loop {
            let Some(mut writer) = self.writer.take() else { return Ok(None) };
            if self.at < self.last.size {
                self.leaves(&mut writer).await?;
                self.writer = Some(writer);
            } else {
                Box::pin(self.finish(writer)).await?;
            }
            let bytes = self.pending.take();
            if !bytes.is_empty() {
                return Ok(Some(bytes));
            }
        }
    }

    async fn leaves(&mut self, writer: &mut RecordWriter<Pending>) -> Result<(), Failure> {
        let leaves = self.app.queries.log_leaves(self.tree, self.at, PIECE).await?;
        for leaf in leaves.into_iter().take_while(|leaf| leaf.position < self.last.size) {
            self.at = leaf.position + 1;
            let sealed = serde_json::from_str::<Leaf>(&leaf.text).map_err(other)?.sealed.len();
            writer.leaf(&self.shown(leaf), sealed).map_err(other)?;
        }
        Ok(())
    }

    fn shown(&self, leaf: LeafLine) -> file::LeafLine {
        let LeafLine { position, text, mut openings, action, event_id, .. } = leaf;
        // Of an event that is gone, a deleted draft, there were no votes.
        if let Some(sight) = event_id.and_then(|event| self.sights.get(&event)) {
            openings.retain(|name, _| sight.shows(&action, name));
        }
        file::LeafLine { position, text, openings }
    }

    async fn finish(&mut self, mut writer: RecordWriter<Pending>) -> Result<(), Failure> {
        let mut notes = Vec::new();
        let mut page = Page::first();
        loop {
            let checkpoints = self.app.queries.log_checkpoints(self.tree, page).await?;
            let covered = checkpoints.items.into_iter().filter(|one| one.size <= self.last.size);
            notes.extend(covered.map(|checkpoint| checkpoint.note));
            match checkpoints.next {
                Some(next) => page = page.continued(next),
                None => break,
            }
        }
        for note in notes.into_iter().rev() {
            writer.checkpoint(note).map_err(other)?;
        }
        while let Some(event) = self.results.pop_front() {
            if let Some(result) = self.app.queries.result(event).await? {
                let result = serde_json::to_value(&result).map_err(other)?;
                let line = file::ResultLine { event_id: event.get(), result };
                writer.result(&line).map_err(other)?;
            }
        }
        let (origin, key) = (std::mem::take(&mut self.origin), std::mem::take(&mut self.public_key));
        writer.finish(origin, key, self.last.size, &self.last.root).map_err(other)?;
        Ok(())
    }
}
