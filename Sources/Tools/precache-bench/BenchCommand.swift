import ArgumentParser
import FoundationEssentials
import PrecacheModel

/// `precache-bench`.
@main
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precache-bench",
        abstract: "Simulates fleets, and puts load on a service.",
        discussion: """
            deploy/bench.sh runs the whole suite beside its comparators. To rehearse a policy on a fleet of your size:

              precache-bench fleet --hosts 10000 --fail 1% --slow 2% --bandwidth 1Gbit/s --inventory fleet.json
              precache inventory apply -f fleet.json
              precache cache fleet sim-image-1 --parallelism 10% --wait
            """,
        version: precacheVersion,
        subcommands: [
            FleetCommand.self, DistributionCommand.self, PoliciesCommand.self, LoadCommand.self,
        ]
    )
}

/// How results are written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    /// For people.
    case text
    /// For programs.
    case json
}

/// Files that the command line names.
enum LocalFile {
    static func read(_ path: String) throws -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw ValidationError("can't read '\(path)': \(error)")
        }
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw ValidationError("can't write '\(path)': \(error)")
        }
    }
}

/// A token in a file of its own: never a flag, which everyone on the machine could read.
enum SecretFile {
    /// The file's text without white space at its ends; nil without a file.
    static func read(_ path: String?) throws -> String? {
        guard let path else { return nil }
        let bytes = try LocalFile.read(path)
        let text = String(decoding: bytes, as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1 else {
            throw ValidationError("the file '\(path)' must hold a token alone: one word")
        }
        return String(words[0])
    }
}
