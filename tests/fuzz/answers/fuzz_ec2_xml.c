/* Any bytes as an answer of EC2: the first byte chooses which. */
#include "aws/ec2/answers.h"
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  pl_ec2_answer answer = {.want_tags = true};
  pl_ec2_reader *reader;
  if (size == 0)
    return 0;
  const pl_ec2_action action = (pl_ec2_action)(data[0] % PL_EC2_ACTION_COUNT);
  if (pl_ec2_reader_create(action, &answer, &reader) != PL_OK)
    return 0;
  (void)pl_xml_feed(pl_ec2_reader_xml(reader), (const char *)data + 1, size - 1);
  if (pl_xml_finish(pl_ec2_reader_xml(reader)) != PL_XML_COMPLETE) {
    pl_ec2_reader_undo(reader);
    require(answer.endpoints.count == 0 && answer.rules.count == 0 && answer.next_token == NULL);
  }
  for (size_t i = 0; i < answer.endpoints.count; i++) {
    const pl_ec2_listed *listed = &answer.endpoints.items[i];
    require(listed->endpoint->known && listed->tags.count <= PL_LIMIT_AWS_TAGS);
    for (size_t k = 0; k < listed->tags.count; k++)
      require(listed->tags.items[k].key != NULL && listed->tags.items[k].value != NULL);
  }
  for (size_t i = 0; i < answer.interfaces.count; i++)
    require(answer.interfaces.items[i].address_count <= PL_LIMIT_INTERFACE_ADDRESSES);
  pl_ec2_reader_free(reader);
  pl_ec2_answer_free(&answer);
  return 0;
}
