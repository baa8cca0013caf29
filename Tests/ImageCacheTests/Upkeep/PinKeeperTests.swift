import Glibc
import PrecacheModel
import Telemetry
import TestSupport
import Testing

@testable import ImageCache

@Suite(.timeLimit(.minutes(10))) struct PinKeeperTests {
    private let week = Duration.seconds(7 * 86_400)

    private func pinned(_ rig: UpkeepRig, keep: Duration? = nil) async throws -> Sample {
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        try await rig.cache.pin(sample.id, for: keep ?? week)
        return sample
    }

    private func keeper(_ rig: UpkeepRig, _ minimum: Duration = .seconds(86_400)) -> PinKeeper {
        PinKeeper(rig.upkeep.parts, novaMinimumAge: minimum)
    }

    @Test func aRoundComesWellWithinTheShorterOfNovasAgeAndTheSweep() throws {
        let rig = try UpkeepRig(UpkeepConfiguration(sweepInterval: .seconds(2_400)))
        #expect(keeper(rig).interval == .seconds(600))
        #expect(keeper(rig, .seconds(1_800)).interval == .seconds(450))
        #expect(keeper(rig, .seconds(1)).interval == .milliseconds(250))
    }

    @Test func whatIsPinnedGetsAFreshAgeAndStaysVerified() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration())
        let sample = try await pinned(rig)
        rig.cache.age(sample.id, by: 2_000)
        let before = try rig.folder.modified(sample.file)
        await keeper(rig).round()
        let after = try rig.folder.modified(sample.file)
        #expect(after - before >= 1_999_000_000_000)
        #expect(try await rig.cache.images().map(\.isVerified) == [true])
        // It's fresh: the next round writes nothing.
        await keeper(rig).round()
        #expect(try rig.folder.modified(sample.file) == after)
    }

    @Test func whatIsNotPinnedIsLeftToAge() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration())
        let sample = try await pinned(rig, keep: .zero)
        rig.cache.age(sample.id, by: 2_000)
        let before = try rig.folder.modified(sample.file)
        await keeper(rig).round()
        #expect(try rig.folder.modified(sample.file) == before)
    }

    @Test func aPinnedFileThatWentIsToldOnce() async throws {
        let lines = LogLines()
        let rig = try UpkeepRig(UpkeepConfiguration(), logger: lines.logger)
        let sample = try await pinned(rig)
        unlink("\(rig.folder.path)/\(sample.file)")
        await keeper(rig).round()
        await keeper(rig).round()
        let told = lines.all.map(\.text).filter { $0.contains("a pinned image is gone") }
        #expect(told.count == 1 && told[0].contains(sample.id.text))
        let page = try await rig.upkeep.page(after: nil, limit: 10)
        #expect(page.removals.map(\.reason) == [.lost] && page.removals.map(\.imageID) == [sample.id])
        #expect(
            String(decoding: rig.metrics.render(), as: UTF8.self).contains("precache_agent_lost_pins_total 1")
        )
        #expect(try await rig.cache.images().isEmpty)
    }

    @Test func aLossThatALookUpFindsIsToldAsWell() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration())
        let sample = try await pinned(rig)
        unlink("\(rig.folder.path)/\(sample.file)")
        #expect(try await rig.cache.lookup(sample.expected()) == .absent)
        _ = try await sample.store(in: rig.cache)
        await keeper(rig).round()
        #expect(try await rig.upkeep.page(after: nil, limit: 1).removals.map(\.reason) == [.lost])
    }

    @Test func whoFetchesItAnewKeepsThePromise() async throws {
        let folder = try CacheFolder()
        var sample = try Sample()
        var pin: ImagePin?
        do {
            let rig = try UpkeepRig(UpkeepConfiguration(), in: folder)
            sample = try await pinned(rig)
            pin = try await rig.cache.images().first?.pin
            unlink("\(folder.path)/\(sample.file)")
        }
        // The agent was down, and was started again.
        let rig = try UpkeepRig(UpkeepConfiguration(), in: folder)
        await keeper(rig).round()
        #expect(try await rig.cache.lookup(sample.expected()) == .absent)
        #expect(try await sample.store(in: rig.cache).pin == pin)
        #expect(try await rig.cache.images().first?.pin == pin)
        // Its own removal takes the promise with it.
        try await rig.upkeep.remove(sample.id)
        #expect(try await sample.store(in: rig.cache).pin == nil)
    }

    @Test func whatSomebodyElseBroughtInItsPlaceIsNotTakenForOurs() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration())
        let sample = try await pinned(rig)
        unlink("\(rig.folder.path)/\(sample.file)")
        await keeper(rig).round()
        try rig.folder.write(sample.file, sample.bytes)
        guard case .present(let image, let note) = try await rig.cache.lookup(sample.expected()) else {
            return #expect(Bool(false), "not there")
        }
        #expect(!image.isVerified && image.pin != nil && image.lostAtMicroseconds == nil)
        #expect(note == "not verified: the file was made by someone else")
    }

    @Test func aPromiseThatIsOverGoesWithItsFile() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration())
        let sample = try await pinned(rig, keep: .zero)
        unlink("\(rig.folder.path)/\(sample.file)")
        #expect(try await rig.cache.lookup(sample.expected()) == .absent)
        #expect(try rig.folder.names("/.precache/records") == [])
    }
}
