import PrecacheAPI
import PrecacheCommands
import PrecacheModel
import Testing

@Suite struct InventoryFileTests {
    private static let yaml = """
        # two racks
        hosts:
          - name: 1234
            address: 10.0.0.1
            port: 7701
            labels: {rack: 7, "on": true}
          - {name: node-2, enabled: false, disabled_reason: broken fan}
        aggregates:
          - name: web
            availability_zone: ~
            hosts: [1234, node-2]
        images:
          - id: debian-12
            url: https://images.example/d.qcow2
            size_bytes: 300
            hash_algorithm: sha256
            hash: "00"
        """

    private static let json = """
        {"hosts":[{"name":"1234","address":"10.0.0.1","port":7701,"labels":{"rack":"7","on":"true"}},\
        {"name":"node-2","enabled":false,"disabled_reason":"broken fan"}],\
        "aggregates":[{"name":"web","availability_zone":null,"hosts":["1234","node-2"]}],\
        "images":[{"id":"debian-12","url":"https://images.example/d.qcow2","size_bytes":300,\
        "hash_algorithm":"sha256","hash":"00"}]}
        """

    @Test func makesTheSameOfYAMLAndJSON() throws {
        let fromYAML = try CheckedFile(name: "i.yaml", text: Self.yaml, as: .inventory)
        #expect(String(decoding: fromYAML.body, as: UTF8.self) == Self.json)
        #expect(try CheckedFile(name: "i.json", text: Self.json, as: .inventory).body == fromYAML.body)
        #expect(try CheckedFile(name: "-", text: Self.json, as: .inventory).body == fromYAML.body)
        #expect(try CheckedFile(name: "-", text: Self.yaml, as: .inventory).body == fromYAML.body)
    }

    @Test func tellsEverythingThatIsWrongWithItsLine() {
        let text = """
            hosts:
              - name: node 1
                prot: 7
              - address: x
              - name: a
                port: 70000
                enabled: yes
              - name: a
            aggregates: none
            images:
              - id: x
                disk_format: floppy
                hash_algorithm: crc
            hosts2: []
            """
        let error = #expect(throws: CheckedFileError.self) {
            try CheckedFile(name: "f.yml", text: text, as: .inventory)
        }
        #expect(
            error?.lines == [
                "f.yml:2:11: 'node 1' is not a valid host name: 1 to 255 letters, digits, '.', '-' and '_'",
                "f.yml:3:5: a host has no field 'prot'; it may have name, address, port, enabled, disabled_reason, labels",
                "f.yml:4:5: a host needs 'name'",
                "f.yml:6:11: 'port' must be a whole number from 1 to 65535, not '70000'",
                "f.yml:7:14: 'enabled' must be true or false, not 'yes'",
                "f.yml:8:11: 'a' stands in line 5 already",
                "f.yml:9:13: 'aggregates' must be a list, each item an aggregate, not 'none'",
                "f.yml:12:18: 'floppy' is not a disk format: one of raw, qcow2, iso, vmdk, vhd, vhdx, vdi, ploop,"
                    + " aki, ari, ami",
                "f.yml:13:21: 'crc' is not a hash algorithm: one of md5, sha256, sha512",
                "f.yml:14:1: an inventory has no field 'hosts2'; it may have hosts, aggregates, images",
            ]
        )
    }

    @Test(
        arguments: [
            ("hosts: [", "i.yaml:2:1: not YAML: did not find expected node content"),
            ("", "i.yaml:1:1: the file is empty; it may have hosts, aggregates, images"),
            ("- a", "i.yaml:1:1: an inventory belongs here (a mapping), not a list"),
        ]
    ) func tellsWhatIsNoInventory(text: String, line: String) {
        let error = #expect(throws: CheckedFileError.self) {
            try CheckedFile(name: "i.yaml", text: text + "\n", as: .inventory)
        }
        #expect(error?.lines == [line])
    }

    @Test func findsTheLineOfAFieldThatTheServiceRefuses() throws {
        let file = try CheckedFile(name: "i.yaml", text: Self.yaml, as: .inventory)
        #expect(
            file.line(field: "hosts[1].address", message: "is needed")
                == "i.yaml:7:5: hosts[1].address: is needed"
        )
        #expect(
            file.line(field: "aggregates[0].hosts[1]", message: "m")
                == "i.yaml:11:19: aggregates[0].hosts[1]: m"
        )
        #expect(file.line(field: "", message: "m") == "i.yaml:2:1: m")
    }

    @Test func stopsListingSomewhere() {
        let text = "hosts:\n" + String(repeating: "  - {}\n", count: 25)
        let error = #expect(throws: CheckedFileError.self) {
            try CheckedFile(name: "-", text: text, as: .inventory)
        }
        #expect(error?.lines.count == 21)
        #expect(error?.lines.last == "… and 5 more")
        #expect(error?.lines.first == "standard input:2:5: a host needs 'name'")
    }

    @Test func refusesAliasesThatGrowWithoutBound() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(throws: CheckedFileError.self) {
            try CheckedFile(name: "bomb.yaml", text: text, as: .inventory)
        }
    }
}

@Suite struct InventoryContractTests {
    @Test func theServiceTakesWhatTheFileSays() throws {
        let digest = String(repeating: "ab", count: 32)
        let file = try CheckedFile(
            name: "i.yaml",
            text: """
                hosts: [{name: n1, address: 10.0.0.1, port: 7702, enabled: false, labels: {a: 1}}]
                aggregates: [{name: web, availability_zone: az1, metadata: {k: v}, hosts: [n1]}]
                images:
                  - {id: i, name: I, url: "http://x/y", size_bytes: 3, hash_algorithm: sha256, hash: \(digest),
                     disk_format: iso, allow_unverified: false}
                """,
            as: .inventory
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
