import PrecacheAPI
import PrecacheModel
import Testing

@testable import ImageService

@Suite struct GlanceImageTests {
    private func answer(
        _ changes: [String: String?],
        allowsUnverified: Bool = false
    ) throws -> ImageAnswer? {
        var members: [String: String?] = [
            "id": #""0d6ae1f8-6a4f-4a3e-9f8e-111111111111""#, "status": #""active""#, "size": "5",
            "container_format": #""bare""#, "disk_format": #""raw""#, "name": "null", "os_hidden": "false",
            "os_hash_algo": #""sha256""#, "os_hash_value": "\"\(String(repeating: "0a", count: 32))\"",
            "checksum": "\"\(String(repeating: "0b", count: 16))\"",
        ]
        members.merge(changes) { $1 }
        let text = members.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }
        return GlanceImage.answer(
            try JSONParser.parse(Array("{\(text.joined(separator: ","))}".utf8)),
            endpoint: "http://g",
            allowsUnverified: allowsUnverified
        )
    }

    @Test(arguments: [
        ("queued", Reason.imageNotActive, "no data yet"), ("saving", .imageNotActive, "being uploaded"),
        ("importing", .imageNotActive, "being uploaded"), ("deactivated", .imageNotActive, "deactivated"),
        ("killed", .imageNotActive, "failed"), ("deleted", .imageNotFound, "deleted"),
        ("pending_delete", .imageNotFound, "pending_delete"), ("brand-new", .imageNotActive, "'brand-new'"),
    ])
    func eachStatusHasItsOwnReason(status: String, reason: Reason, words: String) throws {
        guard case .absent(reason, let detail)? = try answer(["status": "\"\(status)\""]) else {
            Issue.record("\(status)")
            return
        }
        #expect(detail.contains(words))
    }

    @Test(arguments: [
        (["os_hidden": "true"], Reason.imageNotActive), (["size": "0"], .imageNotActive),
        (["container_format": #""ova""#], .formatMismatch),
        (["container_format": #""compressed""#], .formatMismatch), (["disk_format": "null"], .formatMismatch),
        (["disk_format": #""odd""#], .formatMismatch),
        (["os_hash_algo": "null", "checksum": "null"], .unsafeImage),
    ])
    func whatIsNoDiskThatWeCanCheckIsRefused(changes: [String: String], reason: Reason) throws {
        guard case .absent(reason, _)? = try answer(changes) else {
            Issue.record("\(changes)")
            return
        }
    }

    @Test func theStrongestDigestThatWeKnowIsTaken() throws {
        guard case .found(let image)? = try answer([:]) else {
            Issue.record("absent")
            return
        }
        #expect(image.digest?.algorithm == .sha256)
        guard case .found(let old)? = try answer(["os_hash_algo": #""blake2b""#]) else {
            Issue.record("absent")
            return
        }
        #expect(old.digest?.algorithm == .md5)
    }

    @Test func anImageWithoutADigestIsHadWhereThatIsAllowedAndSaysSo() throws {
        let bare: [String: String?] = ["os_hash_algo": "null", "os_hash_value": "null", "checksum": "null"]
        guard case .absent(.unsafeImage, let detail)? = try answer(bare) else {
            Issue.record("had unchecked")
            return
        }
        #expect(detail.contains("allow_unverified"))
        guard case .found(let image)? = try answer(bare, allowsUnverified: true) else {
            Issue.record("absent")
            return
        }
        #expect(image.digest == nil && image.allowsUnverified)
        guard case .found(let known)? = try answer([:], allowsUnverified: true) else {
            Issue.record("absent")
            return
        }
        #expect(known.digest != nil && !known.allowsUnverified, "a digest that is known is compared")
    }

    @Test func whatDescribesNoImageIsNoAnswer() throws {
        #expect(try answer(["id": nil]) == nil)
        #expect(try answer(["status": "7"]) == nil)
    }
}
