import FoundationEssentials
import PrecacheModel
import Testing

@testable import PrecacheCommands

@Suite struct ExplainTests {
    @Test func saysWhatAReasonMeansAndWhatToDo() async {
        let run = await ProgramRun(["explain", "no_space", "cancelled"], width: 60)
        #expect(run.status == .succeeded)
        #expect(
            run.output == """
                no_space
                  means  no room on the host's disk
                  do     free room on the host's disk, or move the bound
                         that the detail names: `cache.minimum_free_bytes`
                         down, `cache.max_bytes` or `cache.max_leased_bytes`
                         up; for a converted image see `cache.reserve`
                cancelled
                  means  someone cancelled the job
                  do     nothing

                """
        )
    }

    @Test func listsEveryReason() async {
        let run = await ProgramRun(["explain"])
        let first = run.output.split(separator: "\n").dropFirst().map { $0.prefix { $0 != " " } }
        #expect(first.map(String.init) == PolicyHold.Cause.all.map(\.text))
    }

    @Test func suggestsAReasonForASlip() async {
        let run = await ProgramRun(["explain", "no_spcae"])
        #expect(run.status == .usage)
        #expect(run.errors.contains("'no_spcae' is not a reason; did you mean no_space?"), "\(run.errors)")
        let other = await ProgramRun(["explain", "x"])
        #expect(other.errors.contains("'x' is not a reason: one of host_down, host_disabled, "))
    }

    /// The page has the same table, but for its links.
    @Test func thePageSaysTheSame() throws {
        let path = #filePath.replacing("Tests/PrecacheCLITests/ExplainTests.swift", with: "deploy/README.md")
        let page = try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        let rows = page.split(separator: "\n").drop { $0 != "| reason | means | do |" }.dropFirst(2)
            .prefix { $0.hasPrefix("|") }
        let shown = rows.map { $0.replacing(/\[([^\]]+)\]\([^)]*\)/) { $0.output.1 } }
        let table = PolicyHold.Cause.all.map { "| `\($0.text)` | \($0.meaning) | \($0.remedy) |" }
        for (shown, row) in zip(shown, table) { #expect(shown == row) }
        #expect(shown.count == table.count)
    }
}
