import FanOut
import PrecacheAPI
import Testing

@testable import AgentLink

struct TaskBodyTests {
    @Test func isWhatAnAgentReads() throws {
        let body = TaskBody.write(try makeTask(attempt: 3))
        var problems = InputProblems()
        let request = AgentTaskRequest(try JSONParser.parse(body), &problems)
        #expect(problems.isEmpty, "\(problems.list)")
        #expect(
            request
                == AgentTaskRequest(
                    jobID: "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b",
                    attempt: 3,
                    timeoutSeconds: 1_800,
                    images: [
                        AgentTaskImage(
                            id: "one",
                            sizeBytes: 5,
                            hashAlgorithm: "sha256",
                            hash: String(repeating: "ab", count: 32),
                            diskFormat: "qcow2",
                            sources: [AgentSource(url: "http://images/one?sig=secret")]
                        ),
                        AgentTaskImage(
                            id: "two",
                            name: "The \"second\"",
                            allowUnverified: true,
                            sources: [AgentSource(url: "https://images/two")]
                        ),
                    ]
                )
        )
    }

    /// An agent from before there were pins refuses fields that it doesn't know.
    @Test func saysHowLongToKeepOnlyWhereThatWasAskedFor() throws {
        var task = try makeTask()
        #expect(!String(decoding: TaskBody.write(task), as: UTF8.self).contains("keep_seconds"))
        task.keep = .seconds(604_800)
        var problems = InputProblems()
        let request = AgentTaskRequest(try JSONParser.parse(TaskBody.write(task)), &problems)
        #expect(problems.isEmpty && request?.keepSeconds == 604_800)
    }
}
