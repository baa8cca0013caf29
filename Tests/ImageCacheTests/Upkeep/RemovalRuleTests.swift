import Glibc
import InstanceUsage
import PrecacheModel
import Testing

@testable import ImageCache

@Suite struct RemovalRuleTests {
    static let now: Int64 = 1_800_000_000_000_000
    static let hour: Int64 = 3_600_000_000

    private func file(
        _ kind: CachedFileKind = .image,
        modified: Int64 = now - 48 * hour,
        changed: Int64? = nil,
        lastUsed: Int64? = nil,
        pinnedUntil: Int64? = nil,
        isOurs: Bool = true
    ) throws -> CachedFile {
        var status = stat()
        status.st_mode = S_IFREG
        status.st_nlink = 1
        status.st_ino = 5
        status.st_mtim = timespec(tv_sec: Int(modified / 1_000_000), tv_nsec: 0)
        status.st_ctim = timespec(tv_sec: Int((changed ?? modified) / 1_000_000), tv_nsec: 0)
        var file = CachedFile(name: "f", kind: kind, status: FileStatus(status))
        guard isOurs else { return file }
        var image = CachedImage(
            id: try ImageID("ubuntu"),
            file: "f",
            sizeBytes: 0,
            isVerified: true,
            cachedAtMicroseconds: 0,
            lastUsedAtMicroseconds: lastUsed ?? 0
        )
        image.pin = pinnedUntil.map { ImagePin(since: Self.now - Self.hour, until: $0) }
        file.record = CacheRecord(image: image, attributes: file.status.attributes)
        return file
    }

    private func rule(
        _ leases: ActiveLeases = ActiveLeases(),
        _ change: (inout RemovalRule) -> Void = { _ in }
    ) -> RemovalRule {
        var rule = RemovalRule(
            configuration: UpkeepConfiguration(),
            usage: CacheUse(instances: InstanceScan(), processes: OpenFileScan(), at: Self.now),
            leases: leases,
            isHere: { $0.text == "here" },
            now: Self.now,
            trusted: nil
        )
        change(&rule)
        return rule
    }

    @Test func oldGoesAndYoungStaysUntilItIsOld() throws {
        #expect(rule().verdict(on: try file()) == .mayGo(since: Self.now - 48 * Self.hour))
        let young = Self.now - 23 * Self.hour
        #expect(
            rule().verdict(on: try file(modified: young)) == .stays(.young, until: young + 24 * Self.hour)
        )
        let exact = Self.now - 24 * Self.hour
        #expect(rule().verdict(on: try file(modified: exact)) == .mayGo(since: exact))
    }

    @Test func whatTheRecordSaysCountsToo() throws {
        let lately = Self.now - Self.hour
        #expect(
            rule().verdict(on: try file(lastUsed: lately)) == .stays(.young, until: lately + 24 * Self.hour)
        )
    }

    @Test func resizedOnesHaveAnAgeOfTheirOwn() throws {
        let aged = rule { $0.configuration.agesNovaFiles = true }
        let modified = Self.now - 2 * Self.hour
        #expect(
            aged.verdict(on: try file(.resized, modified: modified, isOurs: false)) == .mayGo(since: modified)
        )
        #expect(
            aged.verdict(on: try file(.swap, modified: modified, isOurs: false))
                == .stays(.young, until: modified + 24 * Self.hour)
        )
    }

    @Test func novasFilesAreLeftUnlessASettingSaysOtherwise() throws {
        #expect(rule().verdict(on: try file(isOurs: false)) == .stays(.novas))
        #expect(rule().verdictForRoom(on: try file(isOurs: false)) == .stays(.novas))
    }

    @Test func timesThatMakeNoSenseKeepAFile() throws {
        let future = Self.now + 2 * Self.hour
        #expect(rule().verdict(on: try file(modified: future)) == .stays(.ageUnknown))
        var ancient = try file(modified: 0, changed: Self.now - Self.hour)
        ancient.status.attributes.modifiedNanoseconds = .min
        #expect(rule().verdict(on: ancient) == .stays(.young, until: Self.now + 23 * Self.hour))
        #expect(
            rule().verdict(on: try file(modified: future, changed: Self.now - 48 * Self.hour))
                != .stays(.ageUnknown)
        )
        #expect(rule().verdict(on: try file(lastUsed: future)) == .stays(.ageUnknown))
    }

    @Test func afterTheClockWasSetAgesBeginAnew() throws {
        let jumped = rule { $0.trusted = Self.hour }
        #expect(jumped.verdict(on: try file()) == .stays(.ageUnknown, until: Self.now + 23 * Self.hour))
        let longAgo = rule { $0.trusted = 25 * Self.hour }
        #expect(longAgo.verdict(on: try file()) == .mayGo(since: Self.now - 48 * Self.hour))
    }

    @Test func aPinHoldsUntilItsTime() throws {
        let until = Self.now + Self.hour
        #expect(rule().verdict(on: try file(pinnedUntil: until)) == .stays(.pinned, until: until))
        #expect(rule().verdictForRoom(on: try file(pinnedUntil: until)) == .stays(.pinned, until: until))
        #expect(
            rule().verdict(on: try file(pinnedUntil: Self.now)) == .mayGo(since: Self.now - 48 * Self.hour)
        )
    }

    /// Leases on the file of the rule's tests, or its removal.
    private func leases(
        until: Int64 = now + hour,
        removesSince told: Int64? = nil,
        successors: [String] = []
    ) throws -> ActiveLeases {
        let id = try ImageID("ubuntu")
        let set = LeaseSet(
            mark: "m",
            duration: .seconds(3_600),
            leases: told == nil ? [ImageLease(image: id, policies: ["web", "db"])] : [],
            removals: told == nil
                ? [] : [ImageRemoval(image: id, successors: try successors.map { try ImageID($0) })]
        )
        let renewedAt = until - Self.hour
        return ActiveLeases(
            own: HeldLeases(set, renewedAt: renewedAt, toldAt: told.map { [id: $0] } ?? [:])
        )
    }

    /// By its name, so that it may be Nova's own file.
    private func leasable(isOurs: Bool = true, pinnedUntil: Int64? = nil) throws -> CachedFile {
        var file = try file(pinnedUntil: pinnedUntil, isOurs: isOurs)
        file.name = CacheLayout.fileName(of: try ImageID("ubuntu"))
        return file
    }

    @Test(arguments: [true, false]) func aLeasedFileStays(isOurs: Bool) throws {
        let until = Self.now + Self.hour
        let rule = try rule(leases())
        #expect(rule.verdict(on: try leasable(isOurs: isOurs)) == .stays(.leased, until: until))
        #expect(rule.verdictForRoom(on: try leasable(isOurs: isOurs)) == .stays(.leased, until: until))
        #expect(rule.verdict(on: try file()) == .mayGo(since: Self.now - 48 * Self.hour), "another file")
    }

    @Test func whatIsToGoIsLeasedWhileWhatTakesItsPlaceIsNotHere() throws {
        let until = Self.now + Self.hour
        let (file, told) = (try leasable(), Self.now + Self.hour / 2)
        for (successors, verdict) in [
            (["here"], FileVerdict.mayGo(since: Self.now - 48 * Self.hour)),
            (["here", "gone"], .stays(.leased, until: until)),
        ] {
            let rule = try rule(leases(removesSince: told, successors: successors))
            #expect(rule.verdict(on: file) == verdict && rule.verdictForRoom(on: file) == verdict)
        }
        // Also where another host that shares the directory waits for it.
        var both = try leases(removesSince: told, successors: ["here"])
        both.others = [try #require(leases(removesSince: told, successors: ["gone"]).own)]
        #expect(try rule(both).verdict(on: file) == .stays(.leased, until: until))
    }

    @Test func ofPinAndLeaseTheLongerIsTold() throws {
        let (short, long) = (Self.now + Self.hour / 2, Self.now + 2 * Self.hour)
        let rule = try rule(leases())
        #expect(
            rule.verdict(on: try leasable(pinnedUntil: short)) == .stays(.leased, until: Self.now + Self.hour)
        )
        #expect(rule.verdict(on: try leasable(pinnedUntil: long)) == .stays(.pinned, until: long))
    }

    @Test func ofSeveralHostsTheLongestLeaseCounts() throws {
        var both = try leases()
        both.others = [try #require(try leases(until: Self.now + 3 * Self.hour).own)]
        let file = try leasable()
        #expect(both.term(of: file.name)?.policies == ["db", "web"])
        #expect(rule(both).verdict(on: file) == .stays(.leased, until: Self.now + 3 * Self.hour))
    }

    @Test func damagedOnesGoEvenIfLeased() throws {
        var damaged = try leasable()
        damaged.record?.image.isDamaged = true
        #expect(try rule(leases()).verdict(on: damaged) == .mayGo(since: Self.now))
    }

    @Test func whatIsUnwantedGoesAtAnyAgeUnlessItIsUsedPinnedOrAskedForSince() throws {
        let told = Self.now - 10
        let rule = try rule(leases(removesSince: told)) { $0.configuration.removesUnused = false }
        let young = try file(modified: Self.now - Self.hour, lastUsed: told)
        #expect(rule.isUnwanted(young) && rule.verdict(on: young) == .mayGo(since: told))
        #expect(rule.verdict(on: try file(lastUsed: told + 1)) == .stays(.removalOff))
        let until = Self.now + Self.hour
        #expect(rule.verdict(on: try file(pinnedUntil: until)) == .stays(.pinned, until: until))
        var used = young
        used.status.links = 2
        #expect(rule.verdict(on: used) == .stays(.inUse))
        // What another host that shares the directory is to keep stays, too.
        var shared = try leases(removesSince: told)
        shared.others = [try #require(try leases().own)]
        #expect(self.rule(shared).verdict(on: try leasable()) == .stays(.leased, until: until))
    }

    @Test func aFileWithAnotherNameIsInUse() throws {
        var linked = try file()
        linked.status.links = 2
        #expect(rule().verdict(on: linked) == .stays(.inUse))
        #expect(rule().verdictForRoom(on: linked) == .stays(.inUse))
    }

    @Test func removalOffKeepsForAgeAndNotForRoom() throws {
        let off = rule { $0.configuration.removesUnused = false }
        #expect(off.verdict(on: try file()) == .stays(.removalOff))
        #expect(off.verdictForRoom(on: try file()) == .mayGo(since: Self.now - 48 * Self.hour))
    }

    @Test func damagedOnesGoAtAnyAgeEvenIfPinned() throws {
        var damaged = try file(modified: Self.now, pinnedUntil: Self.now + Self.hour)
        damaged.record?.image.isDamaged = true
        #expect(rule().verdict(on: damaged) == .mayGo(since: Self.now))
    }

    @Test func aJumpOfTheWallClockIsNoticed() {
        let clock = ClockWatch(.init(wall: 1_000_000_000, boot: 0))
        #expect(clock.note(.init(wall: 1_060_000_000, boot: 60_000_000)) == nil)
        #expect(clock.note(.init(wall: 9_000_000_000, boot: 120_000_000)) == 0)
        #expect(clock.note(.init(wall: 9_100_000_000, boot: 220_000_000)) == 100_000_000)
        #expect(clock.note(.init(wall: 100_000_000, boot: 221_000_000)) == 0)
    }
}

@Suite struct CachedFileKindTests {
    static let sha1 = "356a192b7913b04c54574d18c28d46e6395428ab"

    @Test(arguments: [
        (sha1, CachedFileKind.image), ("\(sha1)_20", .resized), ("\(sha1)_sm", .resized), ("swap_512", .swap),
        ("ephemeral_20_abcdef0", .ephemeral),
    ])
    func novasNamesAreKnown(_ name: String, _ kind: CachedFileKind) {
        #expect(CachedFileKind(name: name) == kind)
    }

    @Test(arguments: [
        "", "x", String(sha1.dropLast()), "\(sha1)0", "\(sha1).part", "\(sha1)_", "\(sha1)_x", "\(sha1)_-1",
        "\(sha1)_1_2", sha1.uppercased(), "swap_", "swap_1x", "swap_1_2", "Swap_1", "ephemeral_20_default",
        "ephemeral__abcdef0", "ephemeral_20_abcdefg", "ephemeral_20", "\(sha1)\n", "\(sha1)_20\n",
        ".precache",
        "swap_99999999999999999999999",
    ])
    func everyOtherNameIsNobodysBusiness(_ name: String) {
        #expect(CachedFileKind(name: name) == nil)
    }
}
