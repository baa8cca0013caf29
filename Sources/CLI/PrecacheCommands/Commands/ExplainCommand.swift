import ArgumentParser
import PrecacheModel

/// `precache explain [REASON…]`.
struct ExplainCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what a reason means and what to do about it.",
        discussion:
            "Reasons are what results, events and metrics say of an image that a host doesn't have, and what holds policies up."
    )

    @Argument(
        help: "A reason, such as no_space. Default: all.",
        completion: .list(PolicyHold.Cause.all.map(\.text)),
        transform: CheckedWord.cause
    )
    var reasons: [PolicyHold.Cause] = []

    func run(_ console: Console) throws -> ExitStatus {
        guard !reasons.isEmpty else {
            var table = TextTable([.text("REASON"), .prose("MEANS"), .prose("DO")])
            for reason in PolicyHold.Cause.all { table.add([reason.text, reason.meaning, reason.remedy]) }
            try console.print(table)
            return .succeeded
        }
        for reason in reasons {
            let texts = [("means", reason.meaning), ("do", reason.remedy)]
            try console.print(
                [reason.text]
                    + texts.flatMap { name, text in
                        let lines = TerminalText.wrapped(
                            text,
                            to: max(20, (console.outputWidth() ?? 100) - 9)
                        )
                        return lines.enumerated().map { index, line in
                            "  " + TerminalText.padded(index == 0 ? name : "", to: 5) + "  " + line
                        }
                    }
            )
        }
        return .succeeded
    }
}
