import FoundationEssentials
import Testing

@testable import PrecacheCommands

/// Every help page, to the letter.
///
/// With `PRECACHE_RECORD_SNAPSHOTS=1` in the environment the pages are written instead; look at what changed.
@Suite struct HelpTests {
    private static let pages: [[String]] = [
        [], ["cache"], ["coverage"], ["job"], ["job", "list"], ["job", "show"], ["job", "results"],
        ["job", "watch"],
        ["job", "cancel"], ["job", "retry"], ["job", "events"], ["host"], ["host", "list"], ["host", "show"],
        ["host", "set"], ["host", "delete"], ["host", "enable"], ["host", "disable"], ["host", "cache"],
        ["aggregate"],
        ["aggregate", "list"], ["aggregate", "show"], ["aggregate", "set"], ["aggregate", "delete"],
        ["aggregate", "add-host"], ["aggregate", "remove-host"], ["image"], ["image", "list"],
        ["image", "show"], ["image", "set"], ["image", "delete"], ["inventory"], ["inventory", "apply"],
        ["inventory", "import"], ["inventory", "export"],
        ["policy"], ["policy", "list"], ["policy", "show"], ["policy", "apply"], ["policy", "delete"],
        ["policy", "run"], ["policy", "history"], ["events"],
        ["webhook"], ["webhook", "list"], ["webhook", "show"], ["webhook", "set"], ["webhook", "delete"],
        ["webhook", "test"], ["webhook", "resume"], ["status"], ["explain"], ["whoami"],
        ["config"], ["config", "list"], ["config", "show"], ["config", "set-context"],
        ["config", "use-context"],
        ["config", "delete-context"],
    ]

    @Test(arguments: pages) func page(command: [String]) async throws {
        let run = await ProgramRun(command + ["--help"])
        #expect(run.status == .succeeded)
        #expect(run.errors == "")
        let path = Self.folder + "/" + (["precache"] + command).joined(separator: "-") + ".txt"
        if ProcessInfo.processInfo.environment["PRECACHE_RECORD_SNAPSHOTS"] == "1" {
            try Data(run.output.utf8).write(to: URL(filePath: path))
        }
        let kept = try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(run.output == kept)
    }

    private static let folder = #filePath.replacing(
        "PrecacheCLITests/HelpTests.swift",
        with: "Snapshots/help"
    )
}
