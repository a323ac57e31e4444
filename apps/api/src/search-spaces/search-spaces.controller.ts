/** @file HTTP for search spaces: those that come with Sextant, and the schema of one's own. */
import { Controller, Get, Header, Param } from '@nestjs/common';
import { NotFoundError } from '@sextant/common';
import { builtInSpaces, searchSpaceJsonSchema, type AnyFamilySpace } from '@sextant/search-space';
import { searchSpaceView, type SearchSpaceView } from './search-space.view';

const schema = searchSpaceJsonSchema();
const views = new Map(
  [...builtInSpaces].map(([name, space]) => [name, { view: searchSpaceView(space), space }]),
);

@Controller('v1')
export class SearchSpacesController {
  @Get('search-spaces')
  list(): { items: SearchSpaceView[] } {
    return { items: [...views.values()].map(({ view }) => view) };
  }

  @Get('search-spaces/:name')
  get(@Param('name') name: string): SearchSpaceView & { space: AnyFamilySpace } {
    const found = views.get(name);
    if (!found) throw new NotFoundError(`there is no search space ${name}`);
    return { ...found.view, space: found.space };
  }

  @Get('schemas/search-space')
  @Header('content-type', 'application/schema+json')
  schema(): Record<string, unknown> {
    return schema;
  }
}
