import PrecacheModel

/// Pages without code: what is HTML on its way to a browser without JavaScript.
enum PlainPage {
    static let type = "text/html; charset=utf-8"

    /// What is shown to who gets no list, by the answer's status.
    static func refusal(_ status: Int) -> [UInt8] {
        let (title, text) =
            switch status {
            case 400: ("Not here", "There is no such list of jobs.")
            case 401: ("Sign in", "Reload this, and give any name and, as the password, a token.")
            case 403: ("Not for you", "It takes a token of the role reader, and no other site's page.")
            case 429: ("Too many wrong tokens", "Wait a minute, and reload this.")
            default: ("That didn't work", "The service can't answer now. Reload this in a while.")
            }
        return document(
            """
            <h1>\(title)</h1>
            <p>\(text)</p>
            <p><a href="jobs.html">To the jobs</a></p>
            """
        )
    }

    /// A part of the jobs, with links to the rest.
    static func jobs(_ page: Page<JobRecord>, state: JobState?, at now: Timestamp) -> [UInt8] {
        let states = ([nil] + JobState.allCases).map { choice -> String in
            let name = choice?.rawValue ?? "all"
            return choice == state
                ? "<b aria-current=\"page\">\(name)</b>" : "<a href=\"\(address(choice))\">\(name)</a>"
        }
        let heads = ["State", "Job", "Outcomes", "Hosts", "Accepted", "Asked by"]
        let table = """
            <div class="scroll"><table>
            <caption class="unseen">Jobs, the newest first</caption>
            <thead><tr>\(heads.map { "<th scope=\"col\">\($0)</th>" }.joined())</tr></thead>
            <tbody>\(page.items.map { row($0, heads) }.joined(separator: "\n"))</tbody>
            </table></div>
            """
        let older = page.next.map { next in
            "<p><a href=\"\(escaped(address(state, after: next.description)))\">Older jobs</a></p>"
        }
        return document(
            """
            <h1>Jobs</h1>
            <p class="lead">As of \(moment(now)). Reload this to see how they go on.</p>
            <p>\(states.joined(separator: " · "))</p>
            \(page.items.isEmpty ? "<p class=\"empty\">No such job.</p>" : table)
            \(older ?? "")
            """
        )
    }

    private static func row(_ job: JobRecord, _ heads: [String]) -> String {
        let images = job.images.map { $0.name ?? $0.id.text }.joined(separator: ", ")
        let outcomes = Outcome.allCases.filter { job.results[$0] > 0 }.map {
            "\(job.results[$0]) \($0.rawValue)"
        }
        let cells = [
            "<span class=\"badge is-\(job.state.rawValue)\"><span class=\"mark\"></span>\(job.state.rawValue)</span>",
            "<span class=\"what\"><span><b>\(escaped(job.aggregate.text))</b> ← \(escaped(images))</span>"
                + "<span class=\"id\">\(job.id.text)</span></span>",
            outcomes.joined(separator: ", "),
            "\(job.hostsDone) / \(job.hostsTotal)",
            moment(job.createdAt),
            escaped(job.policy.map { "policy \($0.text)" } ?? job.requestedBy ?? "–"),
        ]
        let columns = zip(heads, cells).enumerated().map { index, column in
            let (tag, scope) = index == 0 ? ("th", " scope=\"row\"") : ("td", "")
            let start = "<\(tag)\(scope) class=\"wide\" data-title=\"\(column.0)\">"
            return "\(start)<span>\(column.1)</span></\(tag)>"
        }
        return "<tr>\(columns.joined())</tr>"
    }

    /// To the second, in UTC.
    private static func moment(_ time: Timestamp) -> String {
        time.description.prefix(19).replacing("T", with: " ") + "Z"
    }

    private static func address(_ state: JobState?, after: String? = nil) -> String {
        let items = [state.map { "state=\($0.rawValue)" }, after.map { "after=\($0)" }].compactMap(\.self)
        return items.isEmpty ? "jobs.html" : "jobs.html?\(items.joined(separator: "&"))"
    }

    /// A text that can't be taken for markup, between tags and in attributes.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    private static func document(_ content: String) -> [UInt8] {
        Array(
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>Jobs – Precache</title>
            <link rel="icon" href="icon.svg" type="image/svg+xml">
            <link rel="stylesheet" href="style.css">
            </head>
            <body>
            <header><a class="brand" href="jobs.html"><img src="icon.svg" alt="" width="20" height="20">Precache</a></header>
            <main>
            \(content)
            </main>
            </body>
            </html>

            """.utf8
        )
    }
}
