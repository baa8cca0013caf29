import HTTPTypes
import PrecacheModel
import Synchronization
import Testing

@testable import ServiceAPI

/// Images that the catalogue doesn't have, behind which there is an image service.
@Suite struct ImageSearchTests {
    /// Knows `web` by name and id, is away for `away`, and counts what it is asked.
    private final class Glance: ImageRecords {
        let asked = Mutex<[String]>([])

        func image(_ key: ImageKey, allowsUnverified: Bool) async throws(ImageRecordsTrouble) -> ImageAnswer {
            asked.withLock { $0.append(allowsUnverified ? "\(key.text) unverified" : key.text) }
            switch key.text {
            case "web", "web-id", "Web, bücher & co 🖥", "in:web", " ":
                guard let webID = try? ImageID("web-id") else { fallthrough }
                let image = ImageReference.unresolved(webID)
                return .found(image)
            case "away":
                throw ImageRecordsTrouble(detail: "Glance answered 503", retryAfter: .seconds(7))
            default: return .absent(.imageNotActive, detail: "the image is queued")
            }
        }
    }

    private let path = "/v1/aggregates/web/images"

    private func post(
        _ ids: String...,
        more: String = ""
    ) async throws -> (Answer, Glance, [NewJob]) {
        let glance = Glance()
        let service = TestService(imageService: glance)
        try await service.furnish()
        let images = ids.map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
        let answer = await service.call(.post, path, #"{"cache":[\#(images)]\#(more)}"#)
        return (answer, glance, service.jobs.state.withLock { $0.created })
    }

    @Test func theCatalogueIsLookedIntoFirstAndEachOfTheRestAskedForOnce() async throws {
        let (answer, glance, jobs) = try await post("one", "web", "web-id", "two")
        #expect(answer.status == 202)
        #expect(jobs.first?.images.map(\.id.text) == ["one", "web-id", "two"], "a name becomes its id, once")
        #expect(glance.asked.withLock { $0.sorted() } == ["web", "web-id"])
    }

    @Test(arguments: ["Web, bücher & co 🖥", "in:web", " "])
    func anImageServicesImageGoesByAnyNameThatItMayHave(name: String) async throws {
        let (answer, glance, jobs) = try await post(name)
        #expect(answer.status == 202)
        #expect(jobs.first?.images.map(\.id.text) == ["web-id"])
        #expect(glance.asked.withLock { $0 } == [name])
    }

    @Test func namesThatDifferInBytesAreTwo() async throws {
        let (answer, glance, _) = try await post("caf\u{E9}", "cafe\u{301}")
        #expect(answer.fields == ["cache[0].id", "cache[1].id"] && answer.code == "unknown_images")
        #expect(glance.asked.withLock { $0.count } == 2)
    }

    @Test func aJobMayAskForImagesWithoutADigest() async throws {
        let (answer, glance, _) = try await post("web", more: #","allow_unverified":true"#)
        #expect(answer.status == 202 && glance.asked.withLock { $0 } == ["web unverified"])
    }

    @Test func whatCantBeHadIsNamedWithItsReason() async throws {
        let (answer, _, jobs) = try await post("one", "nope")
        #expect(answer.status == 400 && answer.code == "unknown_images" && jobs.isEmpty)
        #expect(answer.fields == ["cache[1].id"] && answer.text.contains("the image is queued"))
    }

    @Test func anImageServiceThatCantBeAskedSaysNothingOfTheImages() async throws {
        let (answer, _, jobs) = try await post("nope", "away")
        #expect(answer.status == 503 && answer.code == "image_service_unavailable" && jobs.isEmpty)
        #expect(answer.header("Retry-After") == "7" && answer.text.contains("Glance answered 503"))
    }
}
