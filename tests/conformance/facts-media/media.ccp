when audio == 1 and video == 1 -> both
when audio == 1 -> sound
when video == 1 -> film
when images == 1 and images.latest == 1 and documents == 0 -> one_image
when images == 1 and images.latest == 0 and documents == 0 -> old_image
when images == 2 and images.latest == 1 -> two_images
when images == 0 and documents == 1 -> one_document
when images == 1 and documents == 1 -> one_of_each
when images == 0 and documents == 0 and images.latest == 0 and audio == 0 and video == 0 -> nothing
default -> other
