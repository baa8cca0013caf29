import PrecacheModel
import Testing

@testable import Store

/// What is kept of exchanges of images among hosts.
@Suite(.timeLimit(.minutes(10)))
struct ExchangeTests {
    private func report(
        _ job: JobRecord,
        _ host: ClaimedHost,
        _ outcome: Outcome,
        image: Int = 0,
        peers: Int64? = nil,
        source: Int64? = nil,
        far: Int64? = nil,
        zone: String? = nil,
        next: HostReport.Next = .done
    ) -> HostReport {
        var result = ImageOutcome(outcome, bytesDone: outcome == .cached ? 1_000 : 0, bytesTotal: 1_000)
        (result.fromPeersBytes, result.fromSourceBytes, result.fromFarBytes) = (peers, source, far)
        return HostReport(
            job: job.id,
            host: host.ordinal,
            attempt: host.attempt,
            images: [ImageReport(image: image, result, zone: zone)],
            next: next
        )
    }

    func note(
        _ job: JobRecord,
        _ kind: MeshNote.Kind,
        _ host: String = StoreFixture.name(0),
        image: Int = 0,
        detail: String = "",
        until: Timestamp? = nil
    ) throws -> MeshNote {
        MeshNote(
            job: job.id,
            kind: kind,
            host: try HostName(host),
            image: image,
            detail: detail,
            isOutUntil: until
        )
    }

    @Test func copiesAreWhatWasReadAtTheSourceOfExchangedImages() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await fixture.accept(images: 2)
        let hosts = try await fixture.claim(job)
        #expect(fixture.jobs.cachedJob(job.id)?.copies == nil)
        let reports = [
            report(job, hosts[0], .cached, peers: 100, source: 900, next: .goesOn),
            report(job, hosts[1], .cached, peers: 1_000, source: 0, next: .goesOn),
            // Not exchanged, all of it from the source; and one that was there.
            report(job, hosts[2], .cached, next: .goesOn),
            report(job, hosts[0], .cached, image: 1),
            report(job, hosts[1], .existing, image: 1),
        ]
        _ = try await fixture.jobs.record(reports, at: fixture.time)
        let record = try #require(fixture.jobs.cachedJob(job.id))
        #expect(record.fromSourceBytes == 2_900 && record.fromPeersBytes == 1_100)
        #expect(record.copies == 1.9, "of the image that was exchanged, with who didn't take part")
        let results = try await fixture.results(job)
        #expect(results.map(\.fromPeersBytes) == [100, nil, 1_000, nil, nil, nil])
        #expect(results.map(\.fromSourceBytes) == [900, nil, 0, nil, nil, nil])
        try await CounterCheck.holds(fixture, job)
        let recent = try await fixture.jobs.recentResults(of: hosts[0].name, limit: 2)
        #expect(recent.map(\.result.fromSourceBytes) == [900, nil] && recent.allSatisfy { $0.job == job.id })
    }

    /// An attempt that failed has read the source all the same.
    @Test func attemptsAddUp() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try await fixture.accept(images: 1)
        for attempt in 1...3 {
            let host = try #require(try await fixture.claim(job).first)
            let isLast = attempt == 3
            let next: HostReport.Next = isLast ? .done : .retry(at: fixture.clock.now)
            let one = report(job, host, isLast ? .cached : .pending, peers: 10, source: 400, next: next)
            _ = try await fixture.jobs.record([one], at: fixture.time)
            let results = try await fixture.results(job)
            #expect(results.map(\.fromSourceBytes) == [Int64(attempt * 400)])
            #expect(results.map(\.fromPeersBytes) == [Int64(attempt * 10)])
            try await CounterCheck.holds(fixture, job)
        }
        #expect(fixture.jobs.cachedJob(job.id)?.copies == 1.2)
    }

    @Test func crossingsAreCountedByTheZoneThatTheyCameInto() async throws {
        let fixture = try await StoreFixture(hosts: 4)
        let job = try await fixture.accept(images: 1)
        let hosts = try await fixture.claim(job)
        let due = fixture.clock.now
        let reports = [
            report(job, hosts[0], .pending, peers: 300, far: 250, zone: "west", next: .retry(at: due)),
            report(job, hosts[1], .cached, peers: 1_000, far: 1_000, zone: "west"),
            report(job, hosts[2], .cached, peers: 1_000, source: 0, far: 40),
            report(job, hosts[3], .cached, source: 1_000, zone: "east"),
            // Of an attempt that has ended.
            report(job, hosts[1], .cached, peers: 1_000, far: 1_000, zone: "west"),
        ]
        _ = try await fixture.jobs.record(reports, at: fixture.time)
        #expect(fixture.jobs.cachedJob(job.id)?.crossings.bytes == ["west": 1_250, "": 40])
        #expect(try await fixture.results(job).map(\.fromFarBytes) == [250, 1_000, 40, nil])
        let again = try #require(try await fixture.claim(job).first)
        let last = report(job, again, .cached, peers: 700, far: 7, zone: "new")
        _ = try await fixture.jobs.record([last], at: fixture.time)
        let record = try #require(try await fixture.jobs.job(job.id))
        #expect(record.crossings.bytes == ["west": 1_250, "": 40, "new": 7])
        #expect(record.copies(1_250) == 1.25)
        #expect(try await fixture.results(job).map(\.fromFarBytes) == [257, 1_000, 40, nil])
        let recent = try await fixture.jobs.recentResults(of: hosts[0].name, limit: 2)
        #expect(recent.map(\.result.fromFarBytes) == [257] && recent.map(\.job) == [job.id])
    }

    @Test func zonesWithoutEndFillNoRow() async throws {
        let fixture = try await StoreFixture(hosts: 100)
        let job = try await fixture.accept(images: 1)
        for host in try await fixture.claim(job) {
            let one = report(job, host, .cached, peers: 10, far: 10, zone: "z\(host.ordinal)")
            _ = try await fixture.jobs.record([one], at: fixture.time)
        }
        let bytes = try #require(fixture.jobs.cachedJob(job.id)).crossings.bytes
        #expect(bytes.count == Crossings.mostZones + 1 && bytes["z63"] == 10 && bytes["z64"] == nil)
        #expect(bytes[Crossings.others] == 360)
    }

    @Test func liesAboutBytesAreBounded() async throws {
        let fixture = try await StoreFixture(hosts: 2)
        let job = try await fixture.accept(images: 1)
        let hosts = try await fixture.claim(job)
        let reports = hosts.map {
            report(job, $0, .cached, peers: .max, source: $0.ordinal == 0 ? .max : .min)
        }
        let change = try await fixture.jobs.record(reports, at: fixture.time)
        #expect(change.endedJobs == [job.id])
        let record = try #require(fixture.jobs.cachedJob(job.id))
        #expect(record.fromPeersBytes == ByteProgress.limit && record.fromSourceBytes == ByteProgress.limit)
    }

    @Test func notesAreEventsOfTheirJobAndItsSummary() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let job = try await fixture.accept(images: 1)
        _ = try await fixture.claim(job)
        var changes = fixture.jobs.changes(of: job.id).makeAsyncIterator()
        let notes = try [
            note(job, .seed), note(job, .seed, StoreFixture.name(1)), note(job, .starved),
            note(job, .peerFault, StoreFixture.name(2), detail: "a seal of nobody"),
            note(job, .alone, StoreFixture.name(2)), note(job, .barred, StoreFixture.name(2)),
        ]
        try await fixture.jobs.note(notes, at: fixture.time)
        #expect(await changes.next() != nil, "who watches is told")
        let events = try await fixture.jobs.events(of: job.id, after: 0, limit: 99).dropFirst(2)
        #expect(events.map(\.type) == [.seed, .seed, .starved, .peerFault, .alone, .barred])
        let image = try ImageID("image-0")
        #expect(
            events.map(\.kind)
                == notes.map { .exchange($0.kind, host: $0.host, image: image, words: $0.words) }
        )
        #expect(
            notes[3].words == "gave another host something wrong; nothing of it was kept: a seal of nobody"
        )
        let record = try #require(fixture.jobs.cachedJob(job.id))
        #expect(record.mesh.seeds.map(\.text) == [StoreFixture.name(0), StoreFixture.name(1)])
        #expect(record.copies == 0, "it is exchanged, though nothing has come yet")
        #expect(record.mesh.notes.count == 3 && record.mesh.notes[0].contains(StoreFixture.name(2)))
        // What memory knows is what the rows say.
        let copy = try await fixture.database.crashed().store()
        #expect(try await copy.jobs.job(job.id) == record)
        await copy.close()
    }

    @Test func aFloodOfFaultsFillsNothing() async throws {
        let fixture = try await StoreFixture(hosts: 40)
        let job = try await fixture.accept(images: 1)
        _ = try await fixture.claim(job)
        let detail = String(repeating: "x", count: 5_000)
        let faults = try (0..<40).map { try note(job, .peerFault, StoreFixture.name($0), detail: detail) }
        for _ in 0..<5 { try await fixture.jobs.note(faults, at: fixture.time) }
        try await fixture.jobs.note([try note(job, .alone)], at: fixture.time)
        let events = try await fixture.jobs.events(of: job.id, after: 0, limit: 999)
        #expect(events.filter { $0.type == .peerFault }.count == StoredJobs.eventsOfAKind)
        #expect(events.filter { $0.type == .alone }.count == 1, "each kind has room of its own")
        let isShort = events.allSatisfy {
            guard case .exchange(_, _, _, let words) = $0.kind else { return true }
            return words.utf8.count < 700
        }
        #expect(isShort)
        let told = try #require(fixture.jobs.cachedJob(job.id)?.mesh.told[.peerFault])
        #expect(told.count == 200 && told.hosts.count == MeshRecord.mostHosts)
    }

    @Test func notesOfNobodyAreDropped() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try await fixture.accept(images: 1)
        let strangers = try [
            note(job, .peerFault, "nobody"), note(job, .seed, image: 1), note(job, .seed, image: -1),
        ]
        try await fixture.jobs.note(strangers, at: fixture.time)
        #expect(try await fixture.jobs.events(of: job.id, after: 0, limit: 9).map(\.type) == [.accepted])
        #expect(fixture.jobs.cachedJob(job.id)?.mesh == MeshRecord())
        try await fixture.finish(job, try await fixture.claim(job), .cached)
        let before = try await fixture.jobs.events(of: job.id, after: 0, limit: 9)
        var gone = try note(job, .starved)
        gone.job = .make()
        try await fixture.jobs.note([gone, try note(job, .starved)], at: fixture.time)
        #expect(try await fixture.jobs.events(of: job.id, after: 0, limit: 9) == before)
    }

    @Test func webhooksWaitForThem() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let hook = try WebhookName("ops")
        _ = try await fixture.store.webhooks.putWebhook(
            WebhookEntry(name: hook, url: "https://h.example/", events: [.alone, .barred]),
            secret: .keep,
            fresh: WebhookSecret(key: [UInt8](repeating: 9, count: 32))
        )
        let job = try await fixture.accept(images: 1)
        try await fixture.jobs.note([try note(job, .alone), try note(job, .seed)], at: fixture.time)
        #expect(try await fixture.store.webhooks.webhook(hook)?.waiting == 1)
    }
}
