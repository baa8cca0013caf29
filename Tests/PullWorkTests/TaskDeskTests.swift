import PrecacheModel
import TestSupport
import Testing

@testable import PullWork

@Suite struct TaskDeskTests {
    /// A server that sends half of an image and the rest when the latch opens.
    private func held(_ image: TestImage, _ release: Latch, _ reached: Latch) -> StepServer {
        StepServer { [bytes = image.bytes] head in
            let start = StepServer.offset(head)
            guard start == 0 else { return StepServer.file(bytes, head) }
            return [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"])),
                .bytes(Array(bytes[..<100_000])), .tell(reached), .wait(release),
                .bytes(Array(bytes[100_000...])),
            ]
        }
    }

    /// Follows a task until this many bytes are there.
    private func follow(_ watch: inout PullWatch, until bytes: Int64) async throws {
        while let events = try await watch.next() {
            for case .progress(_, let bytesThere) in events where bytesThere.done >= bytes { return }
        }
    }

    @Test func manyTasksShareOneDownload() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let (release, reached) = (Latch(), Latch())
        let server = held(image, release, reached)
        let wanted = try image.wanted(server.url())
        var watches: [PullWatch] = []
        for number in 0..<20 {
            watches.append(try await rig.desk.submit(PullRig.task([wanted], id: "t\(number)")))
        }
        for index in watches.indices { try await follow(&watches[index], until: 100_000) }
        release.open()
        for index in watches.indices {
            let events = try await PullRig.rest(&watches[index])
            #expect(events.last == .end)
            #expect(
                events.contains { if case .outcome(_, let it) = $0 { it.outcome == .cached } else { false } }
            )
        }
        #expect(server.requests.count == 1)
        #expect(await rig.desk.runningTasks == 0)
    }

    @Test func oneTasksCancelLeavesTheOthersDownload() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let (release, reached) = (Latch(), Latch())
        let server = held(image, release, reached)
        let wanted = try image.wanted(server.url())
        var first = try await rig.desk.submit(PullRig.task([wanted], id: "a"))
        var second = try await rig.desk.submit(PullRig.task([wanted], id: "b"))
        try await follow(&first, until: 100_000)
        try await follow(&second, until: 100_000)
        #expect(try await rig.desk.cancel(TaskID("a")))
        let ended = try await PullRig.rest(&first)
        #expect(
            ended.contains { if case .outcome(_, let it) = $0 { it.outcome == .cancelled } else { false } }
        )
        release.open()
        let done = try await PullRig.rest(&second)
        #expect(done.contains { if case .outcome(_, let it) = $0 { it.outcome == .cached } else { false } })
        #expect(server.requests.count == 1)
    }

    @Test func whenNobodyWantsItItStopsAndIsKept() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let (release, reached) = (Latch(), Latch())
        defer { release.open() }
        let server = held(image, release, reached)
        var watch = try await rig.desk.submit(PullRig.task([image.wanted(server.url())]))
        try await follow(&watch, until: 100_000)
        let late = await #expect(throws: PullRefusal.self) {
            _ = try await rig.desk.cancel(TaskID("t"), attempt: 0)
        }
        #expect(late == .staleAttempt(current: 1), "who means an attempt that is over ends no later one")
        #expect(try await rig.desk.cancel(TaskID("t"), attempt: 1))
        #expect(try await rig.desk.cancel(TaskID("unknown")) == false)
        #expect(try await PullRig.rest(&watch).last == .end)
        // The next one waits for the old one's end, and goes on where it stopped.
        #expect(try await rig.outcome(image.wanted(server.url()), id: "u")?.outcome == .cached)
        #expect(server.requests.last?.contains("Range: bytes=100000-\r\n") == true)
    }

    @Test func otherContentUnderTheIdIsNotJoined() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let (release, reached) = (Latch(), Latch())
        let server = held(image, release, reached)
        var watch = try await rig.desk.submit(PullRig.task([image.wanted(server.url())]))
        try await follow(&watch, until: 100_000)
        let other = try await rig.outcome(TestImage(seed: 9).wanted(server.url()), id: "other")
        #expect(other?.reason == .checksumMismatch)
        #expect(
            other?.detail?.hasPrefix("another task is fetching other content under this id") == true
        )
        release.open()
        #expect(try await PullRig.rest(&watch).last == .end)
    }

    @Test func attachingReplaysEverything() async throws {
        let rig = try PullRig()
        let (image, other) = (try TestImage(), try TestImage("other", count: 10))
        let (release, reached) = (Latch(), Latch())
        let (server, quick) = (held(image, release, reached), other.server())
        let images = [try image.wanted(server.url()), try other.wanted(quick.url())]
        var watch = try await rig.desk.submit(PullRig.task(images))
        #expect(
            try await watch.next()?.first == .accepted(task: try TaskID("t"), attempt: 1, attached: false)
        )
        try await follow(&watch, until: 100_000)
        var again = try await rig.desk.submit(PullRig.task(images))
        #expect(again.isAttached)
        release.open()
        let events = try await PullRig.rest(&again)
        #expect(events.first == .accepted(task: try TaskID("t"), attempt: 1, attached: true))
        let done = events.compactMap { if case .outcome(let image, _) = $0 { image.text } else { nil } }
        #expect(Set(done) == ["ubuntu", "other"])
        #expect(events.last == .end)
        // Finished, too.
        var last = try await rig.desk.submit(PullRig.task(images))
        let replay = try await PullRig.rest(&last)
        #expect(replay.count == 4)
        #expect(server.requests.count == 1)
    }

    @Test func anOlderAttemptAndAnotherWishAreRefused() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let server = image.server()
        _ = try await rig.outcome(image.wanted(server.url()), attempt: 2)
        await #expect(throws: PullRefusal.staleAttempt(current: 2)) {
            _ = try await rig.desk.submit(PullRig.task([image.wanted(server.url())]))
        }
        await #expect(throws: PullRefusal.conflict) {
            _ = try await rig.desk.submit(PullRig.task([TestImage("b").wanted(server.url())], attempt: 2))
        }
    }

    @Test func aNewerAttemptBeginsAnewOnlyWhatIsNotGood() async throws {
        let rig = try PullRig()
        let (image, other) = (try TestImage(), try TestImage("other"))
        let calls = Counting()
        let good = image.server()
        let flaky = StepServer { [bytes = other.bytes] head in
            calls.next() == 1 ? StepServer.response("500 Oops") : StepServer.file(bytes, head)
        }
        let images = [try image.wanted(good.url()), try other.wanted(flaky.url())]
        let first = try await rig.outcomes(images)
        #expect(Set(first.map(\.outcome)) == [.cached, .error])
        let second = try await rig.outcomes(images, attempt: 2)
        #expect(second.map(\.outcome) == [.cached, .cached])
        #expect(good.requests.count == 1)
        #expect(await rig.desk.runningTasks == 0)
    }

    @Test func aNewerAttemptTakesOverWhatIsRunning() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let (release, reached) = (Latch(), Latch())
        let server = held(image, release, reached)
        let wanted = try image.wanted(server.url())
        var old = try await rig.desk.submit(PullRig.task([wanted]))
        try await follow(&old, until: 100_000)
        var new = try await rig.desk.submit(PullRig.task([wanted], attempt: 2))
        #expect(try await PullRig.rest(&old).isEmpty)
        release.open()
        #expect(try await PullRig.rest(&new).last == .end)
        #expect(server.requests.count == 1)
        #expect(await rig.desk.runningTasks == 0)
    }

    @Test func fresherSourcesAreTriedWhenTheOldOnesFail() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let (release, reached) = (Latch(), Latch())
        let stale = StepServer { _ in
            [.tell(reached), .wait(release)] + StepServer.response("401 Unauthorized")
        }
        let fresh = image.server()
        var watch = try await rig.desk.submit(PullRig.task([image.wanted(stale.url())]))
        await reached.opened()
        _ = try await rig.desk.submit(PullRig.task([image.wanted(fresh.url())]))
        // The desk hands the sources on by itself; wait until it has.
        while await rig.desk.downloads.sources(of: image.id)?.first?.url != fresh.url() { await Task.yield() }
        release.open()
        let events = try await PullRig.rest(&watch)
        #expect(events.contains { if case .outcome(_, let it) = $0 { it.outcome == .cached } else { false } })
    }

    @Test func theTasksTimeIsLimited() async throws {
        let rig = try PullRig()
        let (release, reached) = (Latch(), Latch())
        defer { release.open() }
        let image = try TestImage()
        let server = held(image, release, reached)
        let task = try PullRig.task([try image.wanted(server.url())], timeout: .milliseconds(200))
        var watch = try await rig.desk.submit(task)
        let events = try await PullRig.rest(&watch)
        let outcome = events.compactMap { if case .outcome(_, let it) = $0 { it } else { nil } }.first
        #expect(outcome?.reason == .agentTimeout)
        #expect(outcome?.isRetryable == true)
        #expect(outcome?.detail == "not done within the task's 0 s")
    }

    @Test func silenceIsBrokenByHeartbeats() async throws {
        let rig = try PullRig { $0.heartbeatInterval = .milliseconds(20) }
        let (release, reached) = (Latch(), Latch())
        defer { release.open() }
        let image = try TestImage()
        let server = held(image, release, reached)
        var watch = try await rig.desk.submit(PullRig.task([image.wanted(server.url())]))
        while let events = try await watch.next(), !events.contains(.heartbeat) {}
        while let events = try await watch.next(), !events.contains(.heartbeat) {}
    }

    @Test func finishedTasksAreForgotten() async throws {
        let rig = try PullRig { $0.rememberedTasks = 3 }
        let image = try TestImage(count: 10)
        let server = image.server()
        for number in 0..<5 { _ = try await rig.outcome(image.wanted(server.url()), id: "t\(number)") }
        #expect(await rig.desk.snapshots().map(\.id.text) == ["t2", "t3", "t4"])
        #expect(try await rig.desk.snapshot(TaskID("t0")) == nil)
        #expect(try await rig.desk.snapshot(TaskID("t4"))?.isFinished == true)
    }

    @Test func tasksAreBounded() async throws {
        let rig = try PullRig { $0.runningTasks = 1 }
        let (release, reached) = (Latch(), Latch())
        defer { release.open() }
        let image = try TestImage()
        let server = held(image, release, reached)
        _ = try await rig.desk.submit(PullRig.task([image.wanted(server.url())]))
        await #expect(throws: PullRefusal.tooManyTasks(1)) {
            _ = try await rig.desk.submit(PullRig.task([image.wanted(server.url())], id: "u"))
        }
        await rig.desk.stop()
        await #expect(throws: PullRefusal.stopping) {
            _ = try await rig.desk.submit(PullRig.task([image.wanted(server.url())], id: "u"))
        }
    }

    @Test func imagesInHandAreBounded() async throws {
        let rig = try PullRig { $0.imagesInHand = 3 }
        let (release, reached) = (Latch(), Latch())
        defer { release.open() }
        let images = try (0..<5).map { try TestImage("image\($0)") }
        let servers = images.map { held($0, release, reached) }
        func wanted(_ range: Range<Int>) throws -> [OrderedImage] {
            try range.map { try images[$0].wanted(servers[$0].url()) }
        }
        _ = try await rig.desk.submit(PullRig.task(wanted(0..<2)))
        await #expect(throws: PullRefusal.tooManyImages(2)) {
            _ = try await rig.desk.submit(PullRig.task(wanted(2..<4), id: "u"))
        }
        _ = try await rig.desk.submit(PullRig.task(wanted(2..<3), id: "u"))
        _ = try await rig.desk.submit(PullRig.task(wanted(0..<2), attempt: 2))
        await rig.desk.stop()
    }

    @Test func aTaskThatIsLargerThanTheBoundBeginsAlone() async throws {
        let rig = try PullRig { $0.imagesInHand = 1 }
        let (release, reached) = (Latch(), Latch())
        defer { release.open() }
        let images = try (0..<2).map { try TestImage("image\($0)") }
        let servers = images.map { held($0, release, reached) }
        _ = try await rig.desk.submit(PullRig.task(zip(images, servers).map { try $0.wanted($1.url()) }))
        await rig.desk.stop()
    }

    @Test func stoppingLetsWatchersGoAndKeepsWhatWasFetched() async throws {
        let rig = try PullRig()
        let (release, reached) = (Latch(), Latch())
        defer { release.open() }
        let image = try TestImage()
        let server = held(image, release, reached)
        var watch = try await rig.desk.submit(PullRig.task([image.wanted(server.url())]))
        try await follow(&watch, until: 100_000)
        await rig.desk.stop()
        #expect(try await PullRig.rest(&watch).contains(.end) == false)
        #expect(rig.folder.size(".precache/staging/\(image.file).part") == 100_000)
    }

    @Test func onlySoManyDownloadAtOnce() async throws {
        let rig = try PullRig { $0.concurrentDownloads = 2 }
        let (release, reached) = (Latch(), Latch())
        let images = try (0..<4).map { try TestImage("image\($0)", count: 1_000) }
        let server = StepServer { [bytes = images[0].bytes] head in
            [.tell(reached), .wait(release)] + StepServer.file(bytes, head)
        }
        var watch = try await rig.desk.submit(PullRig.task(images.map { try $0.wanted(server.url()) }))
        while server.requests.count < 2 { await Task.yield() }
        #expect(server.requests.count == 2)
        release.open()
        #expect(try await PullRig.rest(&watch).last == .end)
        #expect(server.requests.count == 4)
    }
}
