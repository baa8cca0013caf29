import PrecacheClient
import Testing

@testable import PrecacheCommands

@Suite struct InventoryExportTests {
    private static let service = FakeService([
        "GET /v1/hosts?limit=1000": [
            .answer(
                200,
                """
                {"hosts":[{"id":1,"name":"c-11","address":"10.0.0.11","port":7701,"enabled":false,
                 "labels":{},"state":"up","heartbeat":null}],"next":"n"}
                """
            )
        ],
        "GET /v1/hosts?limit=1000&after=n": [
            .answer(
                200,
                #"{"hosts":[{"name":"c-2","address":"::1","port":7702,"enabled":true,"labels":{"on":"yes"}}],"next":null}"#
            )
        ],
        "GET /v1/aggregates?limit=1000": [
            .answer(
                200,
                """
                {"aggregates":[{"id":7,"uuid":"u","name":"web","availability_zone":null,"metadata":{"k":"1"},
                 "hosts":["c-11","c-2"],"created_at":"x"},{"id":8,"name":"none","hosts":[],"metadata":{}}],"next":null}
                """
            )
        ],
        "GET /v1/images?limit=1000": [
            .answer(
                200,
                """
                {"images":[{"id":"d","name":null,"url":"https://x/y?s=1#f","size_bytes":12,"hash_algorithm":"sha256",
                 "hash":"0102","disk_format":"qcow2","allow_unverified":false}],"next":null}
                """
            )
        ],
        "PUT /v1/inventory": [.answer(200, #"{"dry_run":false,"changes":[]}"#)],
    ])

    @Test func writesWhatApplyTakes() async throws {
        let run = await ProgramRun(["inventory", "export"], service: Self.service)
        #expect(run.status == .succeeded, "\(run.errors)")
        let file = try CheckedFile(name: "exported.yaml", text: run.output, as: .inventory)
        let body = String(decoding: file.body, as: UTF8.self)
        #expect(
            body
                == #"{"hosts":[{"name":"c-2","address":"::1","port":7702,"enabled":true,"labels":{"on":"yes"}},"#
                + #"{"name":"c-11","address":"10.0.0.11","port":7701,"enabled":false}],"#
                + #""aggregates":[{"name":"none","hosts":[]},{"name":"web","metadata":{"k":"1"},"hosts":["c-11","c-2"]}],"#
                + #""images":[{"id":"d","url":"https://x/y?s=1#f","size_bytes":12,"hash_algorithm":"sha256","#
                + #""hash":"0102","disk_format":"qcow2","allow_unverified":false}]}"#
        )
        let json = await ProgramRun(["inventory", "export", "-o", "json"], service: Self.service)
        #expect(try CheckedFile(name: "exported.json", text: json.output, as: .inventory).body == file.body)
    }

    @Test func applyTakesOneFileEitherWay() async {
        let none = await ProgramRun(["inventory", "apply"])
        #expect(none.status == .usage && none.errors.contains("precache inventory apply FILE"))
        #expect(await ProgramRun(["inventory", "apply", "a", "-f", "b"]).status == .usage)
        let missing = await ProgramRun(["inventory", "apply", "/nowhere.yaml"])
        #expect(missing.status == .other && missing.errors.contains("'/nowhere.yaml'"))
    }
}
