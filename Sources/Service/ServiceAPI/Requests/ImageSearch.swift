import HTTPDoor
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// Finds the images that a job is asked for: in the catalogue, else in the image service.
struct ImageSearch: Sendable {
    /// Images that the image service is asked for at once.
    private static let width = 8

    let catalogue: any InventoryRecords
    let imageService: (any ImageRecords)?

    /// Finds them all.
    ///
    /// - Parameters:
    ///   - keys: What the request names.
    ///   - allowsUnverified: Whether images of the image service may come without a digest.
    /// - Returns: The images, each once, in the order of the request; one that was asked for by name comes with its id.
    /// - Throws: 400 `unknown_images` that names all that can't be had, each with the reason; 503
    ///   `image_service_unavailable` if it can't be asked; what the store throws.
    func references(
        _ keys: [ImageKey],
        allowsUnverified: Bool = false
    ) async throws -> [ImageReference] {
        let known = try await catalogue.images(keys.compactMap(\.id))
        let answers = try await ask(keys.filter { $0.id.flatMap { known[$0] } == nil }, allowsUnverified)
        var (problems, references, seen) = (InputProblems(), [ImageReference](), Set<ImageID>())
        for (index, key) in keys.enumerated() {
            let found: ImageReference
            if let image = key.id.flatMap({ known[$0] }) {
                found = image.reference
            } else {
                switch answers[key] {
                case .found(let reference)?:
                    found = reference
                case .absent(_, let detail)?:
                    problems.add("cache[\(index)].id", "the image '\(key)' can't be had: \(detail)")
                    continue
                case nil:
                    problems.add("cache[\(index)].id", "the image '\(key)' is not in the catalogue")
                    continue
                }
            }
            if seen.insert(found.id).inserted { references.append(found) }
        }
        guard problems.isEmpty else { throw Problem(problems, code: "unknown_images") }
        return references
    }

    private func ask(
        _ keys: [ImageKey],
        _ allowsUnverified: Bool
    ) async throws(Problem) -> [ImageKey: ImageAnswer] {
        guard let imageService, !keys.isEmpty else { return [:] }
        let looks = await withTaskGroup(of: Look.self) { group in
            var rest = keys[...]
            for key in rest.prefix(Self.width) {
                group.addTask { await Look(at: key, allowsUnverified, in: imageService) }
            }
            rest = rest.dropFirst(Self.width)
            var looks: [Look] = []
            for await look in group {
                looks.append(look)
                if look.trouble == nil, let next = rest.popFirst() {
                    group.addTask { await Look(at: next, allowsUnverified, in: imageService) }
                }
            }
            return looks
        }
        var answers: [ImageKey: ImageAnswer] = [:]
        for look in looks {
            if let trouble = look.trouble {
                throw Problem(
                    .serviceUnavailable,
                    "image_service_unavailable",
                    "the image service can't be asked for '\(look.key)': \(trouble.detail)"
                )
                .retryAfter(trouble.retryAfter ?? .seconds(5))
            }
            answers[look.key] = look.answer
        }
        return answers
    }

    /// What asking for one image came to: an answer or a trouble.
    private struct Look: Sendable {
        let key: ImageKey
        var answer: ImageAnswer?
        var trouble: ImageRecordsTrouble?

        init(at key: ImageKey, _ allowsUnverified: Bool, in service: any ImageRecords) async {
            self.key = key
            do throws(ImageRecordsTrouble) {
                answer = try await service.image(key, allowsUnverified: allowsUnverified)
            } catch {
                trouble = error
            }
        }
    }
}
