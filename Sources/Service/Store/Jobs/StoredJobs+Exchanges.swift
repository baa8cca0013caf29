package import PrecacheModel

/// What the dispatcher tells its ledger of exchanges (`FanOut.Ledger` has the contract).
extension StoredJobs {
    /// Events of one kind that a job keeps: hosts that make up faults without end fill no database.
    static let eventsOfAKind = 100

    /// Writes events of exchanges, and keeps hosts out of them.
    ///
    /// Of a job that is gone or has ended, and of hosts and images that aren't the job's, nothing is written; of each kind
    /// what is beyond ``eventsOfAKind`` only counts. A host is kept out in any case. Where nobody could tell in time whether a
    /// call was committed, and it is made again, its events may be there twice: nothing is decided by them.
    package func note(_ notes: [MeshNote], at time: LedgerTime) async throws(StoreError) {
        guard !notes.isEmpty else { return }
        try await engine.write(.job) { [self] database, after in
            for note in notes {
                guard let until = note.isOutUntil else { continue }
                let isOut = OutOfExchanges(until: until, why: note.cause)
                try HostRows.keepOut(database, note.host, isOut, at: time.wall)
            }
            var rest = notes[...]
            while let job = rest.first?.job {
                let end = rest.firstIndex { $0.job != job } ?? rest.endIndex
                try note(rest[..<end], of: job, at: time, database, after)
                rest = rest[end...]
            }
        }
    }

    private func note(
        _ notes: ArraySlice<MeshNote>,
        of job: JobID,
        at time: LedgerTime,
        _ database: any StoreConnection,
        _ after: AfterCommit
    ) throws {
        guard var row = try JobRow.take(database, job, by: controllers.number), !row.record.state.isFinal
        else { return }
        var (events, faults) = ([EventRows.New](), 0)
        for note in notes where row.record.images.indices.contains(note.image) {
            guard let host = try ResultRows.hostOrdinal(database, job: row.key, note.host) else { continue }
            row.record.mesh.take(note.kind, of: note.host)
            if note.kind == .peerFault { faults += 1 }
            if note.kind == .seed, !row.record.images[note.image].isExchanged {
                row.record.images[note.image].isExchanged = true
                let gain = ImageGain(isExchanged: true)
                try JobImageRows.add(gain, to: note.image, database, job: row.key)
            }
            if row.record.mesh.told[note.kind]?.count ?? 0 <= Self.eventsOfAKind {
                events.append(.exchange(note.kind, host: host, image: note.image, words: note.words))
            }
        }
        try database.run(
            "UPDATE job SET mesh = ?1, revision = revision + 1 WHERE id = ?2",
            [try JSONText.encode(mesh: row.record.mesh), row.key]
        )
        row.record.revision += 1
        try EventRows.append(database, job: row.key, events, at: time.wall)
        publish(row, after: after)
        if faults > 0 { after.perform { [board, faults] in board.tell(.peerFaults(faults)) } }
    }
}
