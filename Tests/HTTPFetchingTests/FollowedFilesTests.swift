import FoundationEssentials
import HTTPFetching
import Synchronization
import TestSupport
import Testing

/// What is read from files follows them.
@Suite struct FollowedFilesTests {
    private struct Unusable: Error {}

    private final class Counts: Sendable {
        let readings = Atomic(0)
        let troubles = Atomic(0)
    }

    private let folder = TemporaryFolder()
    private let counts = Counts()

    private var path: String { "\(folder.path)/file" }

    private func write(_ text: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func followed(_ interval: Duration = .zero) -> FollowedFiles<String> {
        FollowedFiles([path], interval: interval) { [path, counts] in
            counts.readings.add(1, ordering: .relaxed)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            if text == "half" { throw Unusable() }
            return text
        } onTrouble: { [counts] _ in
            counts.troubles.add(1, ordering: .relaxed)
        }
    }

    @Test func changedFilesAreReadAgainAndOthersAreNot() throws {
        let files = followed()
        try write("one")
        #expect(files.current == "one" && files.current == "one")
        #expect(counts.readings.load(ordering: .relaxed) == 1)
        try write("two")
        #expect(files.current == "two")
        #expect(counts.troubles.load(ordering: .relaxed) == 0)
    }

    @Test func whatCannotBeUsedChangesNothingAndIsToldOnce() throws {
        let files = followed()
        #expect(files.current == nil && files.current == nil)
        try write("one")
        #expect(files.current == "one")
        let before = counts.troubles.load(ordering: .relaxed)
        try write("half")
        #expect(files.current == "one" && files.current == "one")
        #expect(counts.troubles.load(ordering: .relaxed) == before + 1)
        #expect(throws: Unusable.self) { try files.reload() }
        try write("whole")
        #expect(files.current == "whole")
    }

    @Test func theyAreLookedAtNowAndThenOrWhenTold() throws {
        let files = followed(.seconds(3_600))
        try write("one")
        #expect(files.current == "one")
        try write("two")
        #expect(files.current == "one")
        try files.reload()
        #expect(files.current == "two")
    }
}
