import ImageCache
import PrecacheModel
import TestSupport
import Testing

@testable import PullWork

@Suite struct PinningTests {
    /// How long the image was promised to be kept.
    private func kept(_ id: ImageID, in rig: PullRig) async throws -> Int64? {
        let pin = try await rig.cache.images().first { $0.id == id }?.pin
        return pin.map { ($0.untilMicroseconds - $0.sinceMicroseconds) / 1_000_000 }
    }

    private func run(_ rig: PullRig, _ image: OrderedImage, id: String, keep: Duration?) async throws {
        var watch = try await rig.desk.submit(PullRig.task([image], id: id, keep: keep))
        _ = try await PullRig.rest(&watch)
    }

    @Test func whatATaskWantsKeptIsPinnedFetchedOrFound() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let server = image.server()
        let wanted = try image.wanted(server.url())
        try await run(rig, wanted, id: "a", keep: nil)
        #expect(try await kept(image.id, in: rig) == nil)
        try await run(rig, wanted, id: "b", keep: .seconds(100))
        #expect(try await kept(image.id, in: rig) == 100)
        try await run(rig, wanted, id: "c", keep: nil)
        #expect(try await kept(image.id, in: rig) == 100)
        let other = try TestImage("debian")
        let otherServer = other.server()
        try await run(rig, other.wanted(otherServer.url()), id: "d", keep: .seconds(30))
        #expect(try await kept(other.id, in: rig) == 30)
    }

    @Test func ofThoseWhoWaitForOneDownloadTheLongestWishCounts() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let (release, reached) = (Latch(), Latch())
        let server = StepServer { [bytes = image.bytes] head in
            [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"])), .tell(reached),
                .wait(release), .bytes(bytes),
            ]
        }
        let wanted = try image.wanted(server.url())
        var watches: [PullWatch] = []
        for (number, keep) in [Duration.seconds(5), .seconds(900), .seconds(60)].enumerated() {
            let task = try PullRig.task([wanted], id: "t\(number)", keep: keep)
            watches.append(try await rig.desk.submit(task))
        }
        release.open()
        for index in watches.indices { _ = try await PullRig.rest(&watches[index]) }
        #expect(server.requests.count == 1)
        #expect(try await kept(image.id, in: rig) == 900)
    }
}
