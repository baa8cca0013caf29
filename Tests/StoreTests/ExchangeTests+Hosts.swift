import PrecacheModel
import Testing

@testable import Store

/// Which hosts exchange images, and which are kept out of it.
extension ExchangeTests {
    /// One that is set forth lets hosts in early; one that is set back keeps none out for a day and more.
    @Test(arguments: [86_400, -86_400])
    func aClockThatIsSetKeepsNoHostOutForLong(jump: Int) async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let inventory = fixture.store.inventory
        let hosts = try (0..<3).map { try HostName(StoreFixture.name($0)) }
        for host in hosts {
            let beat = HeartbeatRecord(
                receivedAt: fixture.clock.now,
                interval: .seconds(30),
                capabilities: [HeartbeatRecord.relay]
            )
            try await inventory.recordHeartbeat(beat, of: host)
        }
        let (job, start) = (try await fixture.accept(images: 1), fixture.clock.now)
        let (hour, day) = (start + .seconds(3_600), start + .seconds(86_400))
        try await fixture.jobs.note(
            [
                try note(job, .alone, hosts[0].text, until: hour),
                try note(job, .barred, hosts[1].text, until: day),
            ],
            at: fixture.time
        )
        // A correction of a second frees nobody.
        fixture.clock.now = start - .seconds(1)
        #expect(try await fixture.claim(job).map(\.exchanges) == [false, false, true])
        fixture.clock.now = start + .seconds(jump)
        #expect(
            try await fixture.claim(try await fixture.accept(images: 1)).map(\.exchanges) == [
                true, true, true,
            ]
        )
        // Who reaches nobody then is kept out as ever.
        let until = fixture.clock.now + .seconds(3_600)
        let next = try await fixture.accept(images: 1)
        try await fixture.jobs.note([try note(next, .alone, hosts[1].text, until: until)], at: fixture.time)
        #expect(try await fixture.claim(next).map(\.exchanges) == [true, false, true])
        #expect(try await inventory.host(hosts[1])?.isOut?.until == until)
    }

    @Test func hostsExchangeIfTheyCanAndNothingKeepsThemOut() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let inventory = fixture.store.inventory
        let hosts = try (0..<3).map { try HostName(StoreFixture.name($0)) }
        for (host, capabilities) in zip(hosts, [["x", HeartbeatRecord.relay], [HeartbeatRecord.relay], []]) {
            let beat = HeartbeatRecord(
                receivedAt: fixture.clock.now,
                interval: .seconds(30),
                capabilities: capabilities
            )
            try await inventory.recordHeartbeat(beat, of: host)
        }
        let first = try await fixture.accept(images: 1)
        let until = fixture.clock.now + .seconds(60)
        try await fixture.jobs.note(
            [try note(first, .alone, hosts[1].text, detail: "no route", until: until)],
            at: fixture.time
        )
        #expect(try await fixture.claim(first).map(\.exchanges) == [true, false, false])
        let out = try #require(try await inventory.host(hosts[1])?.isOut)
        #expect(out.until == until)
        #expect(out.why == "it reached none of its neighbours: no route (job \(first.id))")
        // Sooner than it is out anyway: nothing changes.
        try await fixture.jobs.note(
            [try note(first, .barred, hosts[1].text, until: until - .seconds(30))],
            at: fixture.time
        )
        #expect(try await inventory.host(hosts[1])?.isOut == out)
        // A process that never heard a heartbeat knows as much, from the rows.
        try await inventory.flushHeartbeats()
        let second = try await fixture.accept(images: 1)
        let later = try await fixture.database.crashed().store(clock: { fixture.clock.now })
        _ = try await later.jobs.recover(latestDue: until)
        let claim = [ClaimRequest(job: second.id, limit: 9)]
        #expect(
            try await later.jobs.claim(claim, at: fixture.time)[0].hosts.map(\.exchanges)
                == [true, false, false]
        )
        try await later.controllers.register()
        _ = try await later.jobs.recover(latestDue: until)
        fixture.clock.advance(by: .seconds(60))
        #expect(
            try await later.jobs.claim(claim, at: fixture.time)[0].hosts.map(\.exchanges)
                == [true, true, false],
            "its time is over"
        )
        await later.close()
    }

    @Test func enablingAHostThatWasDisabledLetsItBackIn() async throws {
        let fixture = try await StoreFixture(hosts: 1)
        let job = try await fixture.accept(images: 1)
        let until = fixture.clock.now + .seconds(60)
        try await fixture.jobs.note([try note(job, .barred, until: until)], at: fixture.time)
        let inventory = fixture.store.inventory
        var entry = try #require(try await inventory.host(HostName(StoreFixture.name(0)))).entry
        entry.labels = ["a": "b"]
        #expect(try await inventory.putHost(entry).host.isOut?.until == until, "no other change does")
        entry.isEnabled = false
        #expect(try await inventory.putHost(entry).host.isOut != nil)
        entry.isEnabled = true
        #expect(try await inventory.putHost(entry).host.isOut == nil)
        #expect(try await inventory.host(entry.name)?.isOut == nil)
    }

    @Test func aHostsZoneIsItsLabelOrElseItsAvailabilityZone() async throws {
        let fixture = try await StoreFixture(hosts: 3)
        let inventory = fixture.store.inventory
        var entry = try #require(try await inventory.host(HostName(StoreFixture.name(0)))).entry
        entry.labels = ["rack": "7", "zone": "hall \"2\""]
        _ = try await inventory.putHost(entry)
        let key = AggregateKey("west")
        for (zone, aggregate) in [("west", "west"), ("z", "later")] {
            let name = try AggregateName(aggregate)
            _ = try await inventory.putAggregate(
                AggregateEntry(name: name, availabilityZone: zone, metadata: [:])
            )
            for host in 0..<2 {
                _ = try await inventory.addMember(
                    HostName(StoreFixture.name(host)),
                    to: AggregateKey(aggregate),
                    isStrict: false
                )
            }
        }
        #expect(try await inventory.aggregate(key)?.hosts.count == 2)
        let job = try await fixture.accept(images: 1)
        #expect(try await fixture.claim(job).map(\.zone) == ["hall \"2\"", "west", nil])
        _ = try await fixture.restart(latestDue: fixture.clock.now)
        let left = try await fixture.jobs.finish(job.id, .cancelled, at: fixture.time).leftAtWork
        #expect(left.map(\.zone) == ["hall \"2\"", "west", nil])
    }
}
