import PrecacheAPI
import PrecacheCommands
import PrecacheModel
import Testing

@Suite struct InventoryContractTests {
    @Test func theServiceTakesWhatTheFileSays() throws {
        let digest = String(repeating: "ab", count: 32)
        let file = try InventoryFile(
            name: "i.yaml",
            text: """
                hosts: [{name: n1, address: 10.0.0.1, port: 7702, enabled: false, labels: {a: 1}}]
                aggregates: [{name: web, availability_zone: az1, metadata: {k: v}, hosts: [n1]}]
                images:
                  - {id: i, name: I, url: "http://x/y", size_bytes: 3, hash_algorithm: sha256, hash: \(digest),
                     disk_format: iso, allow_unverified: false}
                """
        )
        var problems = InputProblems()
        let document = try #require(InventoryDocument(try JSONParser.parse(file.body), &problems))
        #expect(problems.isEmpty)
        #expect(document.hosts?.first?.labels == ["a": "1"])
        #expect(document.hosts?.first?.isEnabled == false)
        #expect(document.aggregates?.first?.hosts?.map(\.text) == ["n1"])
        #expect(document.images?.first?.digest?.hex == digest)
    }
}
